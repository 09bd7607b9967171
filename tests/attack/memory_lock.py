#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A process keeps the lock of its memory: it reads a page of a FUSE file that is
never answered. ps(1) hangs at it then; flowtop must not.

tests/attack/memory_lock.py: prints the pages that came with and without it, and
how long flowtop took to end. Root only, for the mount.
"""

import ctypes
import mmap
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "net"))
import lab      # pylint: disable=wrong-import-position
from lab import Lab

SECONDS = 5
LOOKUP, GETATTR, OPEN, READ, INIT = 1, 3, 14, 15, 26
FORGET, BATCH_FORGET, INTERRUPT = 2, 42, 36
FILE = 2                # its node
MAP_ANONYMOUS, MAP_PRIVATE = 0x20, 2


def attributes(node):
    mode, size = (0o100666, 4096) if node == FILE else (0o40777, 0)
    return struct.pack("QQQQQQIIIIIIIIII", node, size, 8, 0, 0, 0, 0, 0, 0,
                       mode, 1, 0, 0, 0, 4096, 0)


def answer(opcode, node):
    """What the kernel wants to know; None: nothing is said."""
    if opcode == INIT:
        return struct.pack("IIIIHHIII", 7, 31, 65536, 0, 16, 12, 4096, 1, 0) + bytes(28)
    if opcode == LOOKUP:
        return struct.pack("QQQQII", FILE, 0, 1000, 1000, 0, 0) + attributes(FILE)
    if opcode == GETATTR:
        return struct.pack("QII", 1000, 0, 0) + attributes(node)
    if opcode == OPEN:
        return struct.pack("QII", 1, 0, 0)
    return b""


def serve(fd):
    """Answers everything but READ."""
    try:
        while True:
            request = os.read(fd, 1 << 17)
            _, opcode, unique, node = struct.unpack_from("IIQQ", request)
            if opcode in (READ, FORGET, BATCH_FORGET, INTERRUPT):
                continue
            body = answer(opcode, node)
            os.write(fd, struct.pack("IiQ", 16 + len(body), 0, unique) + body)
    except OSError:
        pass        # unmounted


def mount(folder):
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if lab.libc.mount(b"attack", folder.encode(), b"fuse", 0, options):
        raise OSError(ctypes.get_errno(), "mount")
    threading.Thread(target=serve, args=(fd,), daemon=True).start()
    return fd


def hold(path):
    """In a child that has a connection: one thread reads the page, with the lock;
    the other waits to change the memory, and so does who reads it after that."""
    page = mmap.mmap(os.open(path, os.O_RDWR), 4096)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    own = os.open("/proc/self/mem", os.O_RDONLY)
    threading.Thread(target=os.pread, args=(own, 16, address)).start()
    time.sleep(0.5)
    lab.libc.mmap(None, 4096, 1, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)


def hostile(net, ns, path):
    sock = net.connect(ns, "10.0.0.2", 443)
    pid = os.fork()
    if not pid:
        hold(path)
        os._exit(1)
    sock.close()        # it is the child's alone
    net.stack.callback(os.kill, pid, signal.SIGKILL)
    return pid


def hangs(pid):
    """Does a reader of its command line wait?"""
    with subprocess.Popen(["cat", f"/proc/{pid}/cmdline"], stdout=subprocess.DEVNULL) as reader:
        try:
            reader.wait(1)
            return False
        except subprocess.TimeoutExpired:
            reader.kill()
            return True


def count_pages(flowtop):
    end = time.monotonic() + SECONDS
    pages = 0
    while time.monotonic() < end:
        flowtop.wait("a page", lambda page: page)
        pages += 1
    return pages


def test_held():
    with Lab() as net, tempfile.TemporaryDirectory() as folder:
        here, there = net.pair()
        net.listen(there, "10.0.0.2", 443)
        fuse = mount(folder)
        flowtop = net.flowtop(here)
        print(f"{count_pages(flowtop)} pages in {SECONDS} s")
        pid = hostile(net, here, os.path.join(folder, "file"))
        lab.until("the lock", lambda: hangs(pid))
        flowtop.wait("its flow", lambda page: page.find(pid=pid))
        print(f"{count_pages(flowtop)} pages with the lock held")
        curl = net.popen(here, "curl", "-s", "telnet://10.0.0.2:443", stdin=subprocess.PIPE)
        flowtop.wait("the command line of another", lambda page: (f := page.find(pid=curl.pid))
                     and f["command"])
        begin = time.monotonic()
        flowtop.end()
        print(f"ended in {time.monotonic() - begin:.1f} s")
        os.close(fuse)
        subprocess.run(["umount", "-l", folder], check=True)


lab.run(test_held)
