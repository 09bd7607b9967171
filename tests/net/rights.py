#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A program file that has capabilities, or is setuid, and a user who has not:
what that user names is opened, read and written with the user's rights."""

import os
import pty
import shutil
import signal
import struct
import subprocess
import sys

import lab
from lab import Lab, PATIENCE, check, equal, until

NOBODY = 65534
WATCHLESS = 64534   # a user of ours: what is used up is nobody else's
# dac_override, dac_read_search, net_admin, sys_ptrace, sys_admin
CAPS = 1 << 1 | 1 << 2 | 1 << 12 | 1 << 19 | 1 << 21
ACCT = "netfilter.nf_conntrack_acct"
SECRET = "/run/secret"      # a folder of root's
BY_CAPS, BY_SETUID = "/run/flowtop-caps", "/run/flowtop-setuid"
PLAIN = "/run/flowtop-plain"    # others may not look into the builder's home
# a screen that works as "vt100" does, and is nowhere but in a folder of the user's
TERMINFO = "evil|test,\n\tuse=vt100,\n"


def install():
    """Two program files that give rights; and what their users try."""
    for path in BY_CAPS, BY_SETUID, PLAIN:
        shutil.copy(lab.FLOWTOP, path)
    # capabilities(7): revision 2, effective
    os.setxattr(BY_CAPS, "security.capability", struct.pack("<IIIII", 0x02000001, CAPS, 0, 0, 0))
    os.chmod(BY_SETUID, 0o4755)
    os.mkdir(SECRET, 0o700)
    with open(f"{SECRET}/config", "w", encoding="ascii") as file:
        file.write("root-knows-this = yes\n")
    os.mkdir("/run/ours", 0o755)        # others may look, and not write
    with open("/run/ours/config", "w", encoding="ascii") as file:
        file.write("numeric = yes\n")
    os.mkdir("/run/theirs")
    os.chown("/run/theirs", NOBODY, NOBODY)


def user(program, *args, uid=NOBODY):
    return ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", program, *args]


def call(ns, *words, **options):
    with ns:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL, timeout=3 * PATIENCE, check=False,
                              **options)
    return done.returncode, done.stderr


def test_names_of_files(net, ns, program):
    """Neither what is in root's files nor whether they are there."""
    for name in "config", "none":
        status, errors = call(ns, *user(program, "-1", "--config", f"{SECRET}/{name}"))
        equal((status, errors), (2, f"flowtop: {SECRET}/{name}: Permission denied\n"), "--config")
        status, errors = call(ns, *user(program, "-1", "--geoip", f"{SECRET}/{name}"))
        equal((status, errors), (1, f"flowtop: --geoip {SECRET}/{name}: cannot be read\n"),
              "--geoip")
        status, errors = call(ns, *user(program, "-1", "--netns", f"{SECRET}/{name}"))
        check(status == 1 and "not permitted" in errors, f"--netns: {errors}")
    # what the rights are for is there
    equal(call(ns, *user(program, "-1", "-n", "--config", "/run/ours/config")), (0, ""), "flows")
    sleep = net.popen(net.netns(), "sleep", "1000")
    equal(call(ns, *user(program, "-1", "--netns", str(sleep.pid)))[0], 0, "--netns PID")


class Screen:
    def __init__(self, net, ns, *words, env=None):
        self.fd, slave = pty.openpty()
        net.stack.callback(os.close, self.fd)
        os.set_blocking(self.fd, False)
        self.seen = b""
        self.process = net.popen(ns, *words, stdin=slave, stdout=slave, stderr=slave,
                                 env={**os.environ, "TERM": "vt100", **(env or {})})
        os.close(slave)

    def wait_for(self, text):
        def is_seen():
            try:
                self.seen += os.read(self.fd, 65536)
            except (BlockingIOError, OSError):
                pass
            return text in self.seen
        try:
            until(text, is_seen)
        except lab.Failure as error:
            raise lab.Failure(f"{error} in {self.seen}") from None
        self.seen = b""

    def type(self, keys):
        os.write(self.fd, keys.encode())


def test_what_is_written(net, ns, program):
    """w and W write where the user may, and nowhere else."""
    screen = Screen(net, ns, *user(program, "--config", "/run/ours/config"))
    screen.wait_for(b"quit")
    screen.type(f"w\x15{SECRET}/rows\r")
    screen.wait_for(b"Permission denied")
    screen.type("\x15/run/ours/rows\r")
    screen.type("\x15/run/theirs/rows\r")
    screen.wait_for(b"rows to")
    os.unlink("/run/theirs/rows")
    screen.type("W")
    screen.wait_for(b"cannot save")
    screen.type("q")
    screen.process.wait(PATIENCE)
    equal((os.listdir(SECRET), os.listdir("/run/ours")), (["config"], ["config"]), "files")


def test_environment(net, ns, program):
    """A terminal's description may not be the user's own."""
    env = {"TERM": "evil", "TERMINFO": "/run/terminfo", "HOME": "/run/home"}
    screen = Screen(net, ns, lab.FLOWTOP, env=env)
    screen.wait_for(b"quit")        # without such rights it may
    screen.type("q")
    screen.process.wait(PATIENCE)
    screen = Screen(net, ns, *user(program), env=env)
    screen.wait_for(b"'evil' is not known here")
    screen.process.wait(PATIENCE)


def use_up_watches(net):
    """All instances of inotify(7) that the user may have. False: there are too many."""
    with open("/proc/sys/fs/inotify/max_user_instances", encoding="ascii") as file:
        if int(file.read()) > 1000:
            return False
    done, tell = os.pipe()
    pid = os.fork()
    if not pid:
        os.setresuid(WATCHLESS, WATCHLESS, WATCHLESS)
        while lab.libc.inotify_init1(0) >= 0:
            pass
        os.write(tell, b".")
        while True:
            signal.pause()
    net.stack.callback(os.waitpid, pid, 0)
    net.stack.callback(os.kill, pid, signal.SIGKILL)
    os.read(done, 1)
    return True


def test_no_watch(net, ns):
    """What the administrator switches on meanwhile is not switched off."""
    if not use_up_watches(net):
        return
    flowtop = net.flowtop(ns, program=BY_CAPS, prefix=user("env", uid=WATCHLESS))
    page = flowtop.wait("a page", lambda page: page)
    check(page.stats["acct"] is False, f"accounting: {page.stats}")
    ns.sysctl(ACCT, 1)
    flowtop.end()
    equal(ns.sysctl(ACCT), "1", "what the administrator has written")


def test_own_name(ns):
    """Nor does the name by which it is called reach the terminal as it is."""
    evil = "\x1b]0;x\x07/flow\x1b[31mtop"
    for words in (["-1", "--netns", "none"], ["-1"], ["--none"]):
        status, errors = call(ns, *user("bash", "-c", 'exec -a "$0" "$@"', evil, PLAIN,
                                        "--config", "/dev/null", *words))
        check(status and errors.startswith("flowtop: ") and "\x1b" not in errors,
              f"{words}: {errors!r}")


def test_rights():
    with open("/proc/self/uid_map", encoding="ascii") as file:
        if int(file.read().split()[2]) <= NOBODY:
            print("there is no other user here")
            sys.exit(lab.SKIPPED)
    install()
    subprocess.run(["tic", "-x", "-o", "/run/terminfo", "-"], input=TERMINFO, text=True,
                   stderr=subprocess.DEVNULL, check=True)
    with Lab() as net:
        ns = net.netns()
        ns.nft(lab.TRACK)
        for program in BY_CAPS, BY_SETUID:
            test_names_of_files(net, ns, program)
            test_what_is_written(net, ns, program)
            test_environment(net, ns, program)
        test_own_name(ns)


def test_watches():
    """Not with the others: what else runs on the machine can disturb it."""
    install()
    with Lab() as net:
        ns = net.netns()
        ns.nft(lab.TRACK)
        test_no_watch(net, ns)


lab.run(test_watches if "--watches" in sys.argv else test_rights)
