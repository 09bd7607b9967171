#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What rules put on an entry: zones of one direction, labels, marks."""

import lab
from lab import Lab, equal

RULES = """
table inet marks {
    chain before {
        type filter hook output priority raw;
        udp dport 7001 ct zone set 5
        udp dport 7002 ct original zone set 7
        udp dport 7003 ct reply zone set 9
    }
    chain after {
        type filter hook output priority filter;
        udp dport 7003 ct mark set 0x105
        udp dport 7004 ct label set 3
    }
}
"""


def test_entries():
    with Lab() as net:
        here, there = net.pair()
        here.nft(RULES)
        sock = net.udp(here, "10.0.0.1")
        flowtop = net.flowtop(here, "udp")
        for port in range(7001, 7005):
            net.udp(there, "10.0.0.2", port)
            sock.sendto(b"x", ("10.0.0.2", port))
        for port, zone in (7001, (5, "both")), (7002, (7, "original")), (7003, (9, "reply")):
            flow = flowtop.wait(f"{port}", lambda page, port=port: page.find(dst_port=port))
            equal((flow["zone"], flow["zone_dir"]), zone, f"zone of port {port}")
        flow = flowtop.wait("7004", lambda page: page.find(dst_port=7004, labels=["3"]))
        equal((flow["zone"], flow["zone_dir"], flow["label_names"]), (0, None, ["3"]), "no zone")
        out = here.command(lab.FLOWTOP, "--config", "/dev/null", "-1", "--json", "-n",
                           "--columns", "dst_port,mark", "mark & 0xff = 5")
        lab.check('"dst_port":7003,"mark":261' in out and out.count("\n") == 2, out)
        # the commands that P prints
        for option, port in ("--orig-zone 7", 7002), ("--reply-zone 9", 7003):
            here.command("conntrack", "-D", "-p", "udp", "-s", "10.0.0.1", "-d", "10.0.0.2",
                         "--dport", str(port), *option.split())
            flowtop.wait(f"the end of {port}", lambda page, port=port: not page.find(dst_port=port))
        flowtop.end()


lab.run(test_entries)
