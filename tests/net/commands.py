#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of programs that are longer than the kernel keeps, and command lines."""

import os
import shutil
import subprocess
import tempfile

import lab
from lab import Lab, equal

# a script's own name is the kernel's name for it, not its interpreter's
SCRIPT = """#!/usr/bin/python3
import socket, time
s = socket.create_connection(("10.0.0.2", 443))
print("there", flush=True)
time.sleep(1000)
"""


def test_long_names():
    with Lab() as net, tempfile.TemporaryDirectory() as folder:
        here, there = net.pair()
        net.listen(there, "10.0.0.2", 443)
        script = os.path.join(folder, "a-script-with-a-long-name")
        with open(script, "w", encoding="ascii") as file:
            file.write(SCRIPT)
        os.chmod(script, 0o755)
        curl = os.path.join(folder, "curl-with-a-long-name")
        shutil.copy(shutil.which("curl"), curl)
        flowtop = net.flowtop(here)
        chosen = net.flowtop(here, "command : a-script", "and", "not", "command : telnet")
        programs = {net.popen(here, script, "-a", "b\tc", stdout=subprocess.PIPE).pid:
                    ("a-script-with-a-long-name", f"/usr/bin/python3 {script} -a b?c"),
                    net.popen(here, curl, "-s", "telnet://10.0.0.2:443",
                              stdin=subprocess.PIPE).pid:
                    ("curl-with-a-long-name", f"{curl} -s telnet://10.0.0.2:443")}
        for pid, (name, command) in programs.items():
            flow = flowtop.wait(name, lambda page, pid=pid: (f := page.find(pid=pid))
                                and f["command"] and f)
            equal((flow["process"], flow["command"]), (name, command),
                  "name and command")
        flow = chosen.wait("one by its command", lambda page: page.flows)
        equal([f["process"] for f in flow], ["a-script-with-a-long-name"], "chosen")
        flowtop.end()
        chosen.end()


lab.run(test_long_names)
