#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Documentation/flowtop.schema.json says what each line of JSON is: every kind
of line fits it, has no key that it lacks, and hostile names stay text."""

import json
import pathlib
import re
import signal
import socket
import subprocess
import threading

import lab
from lab import Lab, check, equal

SCHEMA = json.loads((pathlib.Path(__file__).resolve().parents[2] /
                     "Documentation/flowtop.schema.json").read_text(encoding="utf-8"))
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
         "integer": int, "number": (int, float)}
HOSTILE = b'"\\\xff\x1b]0;\xe2\x80\xae/</a'


# ---- as much of JSON Schema as that file uses ----

def is_type(value, name):
    if isinstance(value, bool) and name != "boolean":
        return False
    return isinstance(value, TYPES[name])


def resolved(schema):
    while "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def plain_faults(value, schema):
    types = schema.get("type")
    if types and not any(is_type(value, t) for t in ([types] if isinstance(types, str) else types)):
        yield f"no {types}"
    if "const" in schema and value != schema["const"]:
        yield f"not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"none of {schema['enum']}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"does not match {schema['pattern']}"
    if is_type(value, "number") and not \
            schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield "out of range"


def faults(value, schema, where=""):
    """What is wrong with a value, as lines."""
    schema = resolved(schema)
    yield from (f"{where}: {value!r}: {fault}" for fault in plain_faults(value, schema))
    for part in schema.get("allOf", ()):
        yield from faults(value, part, where)
    for key, least, most in (("anyOf", 1, 99), ("oneOf", 1, 1)):
        parts = [list(faults(value, part, where)) for part in schema.get(key, ())]
        if parts and not least <= parts.count([]) <= most:
            yield f"{where}: {value!r}: {min(parts, key=len)}"
    if isinstance(value, dict):
        yield from (f"{where} lacks {k}" for k in schema.get("required", ()) if k not in value)
        for name, part in schema.get("properties", {}).items():
            if name in value:
                yield from faults(value[name], part, f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for item in value:
            yield from faults(item, schema["items"], where)


def known_keys(line):
    """The keys that the schema knows of this type."""
    kind = {"new": "event", "update": "event", "end": "event"}.get(line["type"], line["type"])
    schema = resolved({"$ref": f"#/$defs/{kind}"})
    keys = set(SCHEMA["properties"]) | set(schema["properties"])
    for part in schema.get("allOf", ()):
        keys |= set(resolved(part)["properties"])
    return keys


def check_lines(ns, output):
    """All lines fit. Returns them."""
    ns.command("jq", "-es", "all(.v == 1)", input=output)
    lines = [lab.parse_line(line) for line in output.splitlines()]
    for line in lines:
        bad = list(faults(line, SCHEMA, line["type"]))
        check(not bad, "\n".join(bad))
        lacks = set(line) ^ known_keys(line)
        equal(lacks, set(), f"keys of {line['type']} that the schema or the line lacks")
    return lines


# ---- outputs ----

def call(ns, *args, **options):
    return ns.command(lab.FLOWTOP, "--config", "/dev/null", "-n", *args, **options)


def with_flows(net):
    """Flows of several protocols and families, by a process with a hostile name."""
    here, there = net.pair()
    there.ip("addr add 10.0.0.3/24 dev eth0")
    net.listen(there, "10.0.0.2", 443)
    net.connect(here, "10.0.0.2", 443)
    with here, socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
        sock.sendto(lab.icmp_echo(8, 7), ("10.0.0.2", 0))
    net.udp(here, "fd00:0::1").sendto(b"?", ("fd00:0::2", 53))
    net.udp(here, "10.0.0.1", 5000).sendto(b"?", ("10.0.0.2", 53))
    return here


def test_pages():
    with Lab() as net:
        ns = with_flows(net)
        check_lines(ns, call(ns, "--json", "-c", "2", "-d", "0.3"))
        lab.until("the name of the process", lambda: [
            line for line in check_lines(ns, call(ns, "--json", "-1"))
            if (line.get("process") or "").startswith('"\\\ufffd?]0;')])
        for field in ("process", "src_addr", "dst_port", "nat"):
            kinds = {line["type"] for line in check_lines(ns, call(ns, "--json", "-1", "-g", field))}
            equal(kinds, {"stats", "group"}, "types")


def test_events():
    with Lab() as net:
        ns = with_flows(net)
        # a small buffer overruns while flowtop is stopped: a line of what is lost
        log = net.popen(ns, lab.FLOWTOP, "--config", "/dev/null", "-n", "--events", "-d", "0.2",
                        "--rcvbuf-max", "0.0625", stdout=subprocess.PIPE, text=True)
        sock = net.udp(ns, "10.0.0.1", 6000)
        lines = []
        threading.Thread(target=lambda: lines.extend(log.stdout), daemon=True).start()

        def have(*kinds):
            return set(kinds) <= set(re.findall(r'"type":"(\w+)"', "".join(lines)))

        def lost():
            log.send_signal(signal.SIGSTOP)
            for port in range(1, 1500):
                sock.sendto(b"?", ("10.0.0.3", port))
            log.send_signal(signal.SIGCONT)
            ns.command("conntrack", "-F")
            return have("lost")

        def others():
            net.connect(ns, "10.0.0.2", 443)
            ns.command("conntrack", "-D", "-p", "tcp")
            return have("new", "update", "end")

        lab.until("a line of what was lost", lost)
        lab.until("all kinds of lines", others)
        check_lines(ns, "".join(lines))


with open("/proc/self/comm", "wb") as file:
    file.write(HOSTILE)
lab.run(test_pages, test_events)
