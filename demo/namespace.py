#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A network namespace: commands, sockets and settings inside it.

Commands enter with `nsenter --net`, never with `ip netns exec`: that one makes a private mount
namespace too, in which the bpffs mount of ricochet would vanish.
"""

import contextlib
import ctypes
import os
import signal
import socket
from pathlib import Path

import processes

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _set_network_namespace(fd):
    if _libc.setns(fd, CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


class Namespace:
    def __init__(self, name):
        self.name = name
        self.path = Path("/run/netns") / name

    def create(self):
        processes.run("ip", "netns", "add", self.name)
        self.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        self.sysctl("net.ipv6.conf.default.disable_ipv6", 1)
        self.ip("link set lo up")

    def delete(self):
        """Ends every process that lives in it, then removes it. Does nothing if it is gone."""
        if not self.path.exists():
            return
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        processes.wait_until(lambda: not self.pids(), f"the end of all processes in {self.name}")
        processes.run("ip", "netns", "del", self.name)

    def pids(self):
        """Processes inside, without zombies: those hold nothing and their parent reaps them."""
        found = processes.run("ip", "netns", "pids", self.name, check=False).stdout.split()
        return [int(pid) for pid in found if not _is_zombie(pid)]

    def command(self, *words):
        """The command line that runs `words` inside."""
        return ["nsenter", f"--net={self.path}", *[str(word) for word in words]]

    def run(self, *words, check=True, stdin=None):
        return processes.run(*self.command(*words), check=check, stdin=stdin)

    def ip(self, *lines):
        """Runs lines of the `ip` command as one batch."""
        self.run("ip", "-batch", "-", stdin="\n".join(lines) + "\n")

    def sysctl(self, name, value):
        with self.entered():
            Path("/proc/sys", name.replace(".", "/")).write_text(f"{value}\n")

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is inside. A socket made here stays inside for its whole life."""
        with open("/proc/thread-self/ns/net") as home, open(self.path) as target:
            _set_network_namespace(target.fileno())
            try:
                yield
            finally:
                _set_network_namespace(home.fileno())

    def socket(self, kind=socket.SOCK_STREAM):
        with self.entered():
            return socket.socket(socket.AF_INET, kind)

    def connect(self, address, port, source_port=0, tos=0, timeout_s=10.0):
        """A TCP connection from inside."""
        connection = self.socket()
        try:
            connection.settimeout(timeout_s)
            connection.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
            if source_port:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                connection.bind(("", source_port))
            connection.connect((address, port))
        except BaseException:
            connection.close()
            raise
        return connection

    def tcp_states(self, port):
        """The states of the TCP sockets with this remote port, as `ss` names them."""
        lines = self.run("ss", "-Htan", f"dport = :{port}").stdout.splitlines()
        return [line.split()[0] for line in lines]

    def tcp_counter(self, name):
        """A counter of nstat, e.g. TcpInCsumErrors."""
        for line in self.run("nstat", "-asz", name).stdout.splitlines():
            if line.startswith(name):
                return int(line.split()[1])
        raise processes.LabError(f"the kernel has no counter {name}")


def _is_zombie(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"
