#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo network with its programs, and the promise that nothing of it is left behind.

    with Lab(servers=4) as lab:
        agents = [lab.start_agent(server) for server in lab.servers]
        router = lab.start_router(placement="maglev")
        router.add(lab.servers[0])
        router.install()
        result = lab.download(requests=10, at_once=2).result()

Everything lives in namespaces with names of its own, so any number of labs can run at once.
"""

import atexit
import contextlib
import json
import os
import secrets
import shutil
from pathlib import Path

import downloads
import endings
import processes
import ricochet
import topology
import webserver
from namespace import Namespace

LABS_DIRECTORY = Path("/run/ricochet-lab")
RECORD = "lab.json"
RATE_MBIT = 25

_open_labs = []


class Lab:
    def __init__(self, servers=4, rate_mbit=RATE_MBIT, binary=None):
        """servers: how many, each with a link of rate_mbit (0: unlimited). binary: path of
        `ricochet`; only what starts it needs it."""
        self.id = secrets.token_hex(3)
        prefix = f"rch-{self.id}"
        self.directory = LABS_DIRECTORY / self.id
        self.router_namespace = Namespace(f"{prefix}-router")
        self.client = topology.client(prefix)
        self.servers = [topology.server(prefix, n) for n in range(1, servers + 1)]
        self.web = {}  # by the server's name
        self.hashes = {}  # SHA-256 by name of the served file
        self._binary = binary
        self._rate_mbit = rate_mbit
        self._daemons = []
        self._running = contextlib.ExitStack()

    @property
    def hosts(self):
        return [self.client, *self.servers]

    @property
    def namespaces(self):
        return [self.router_namespace, *[host.namespace for host in self.hosts]]

    @property
    def router_ports(self):
        return [host.router_interface for host in self.hosts]

    def __enter__(self):
        _open_labs.append(self)
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _build(self):
        self.directory.mkdir(parents=True, mode=0o700)
        self._write_record()
        for namespace in self.namespaces:
            namespace.create()
            topology.prepare(namespace)
        for host in self.hosts:
            topology.connect(self.router_namespace, host)
        topology.configure_router(self.router_namespace, self.hosts)
        topology.configure_client(self.client)
        content = self.directory / "content"
        self.hashes = webserver.write_content(content)
        for server in self.servers:
            topology.configure_server(server, self._rate_mbit)
            self.web[server.name] = webserver.WebServer(
                server.namespace, server.name, self.directory / server.name, content
            )
        for web in self.web.values():
            web.wait_ready()

    def _write_record(self, kept=False):
        """For remove_leftovers(), should this process not come to it."""
        record = {
            "owner_pid": os.getpid(),
            "owner_start": _start_time(os.getpid()),
            "kept": kept,
            "namespaces": [namespace.name for namespace in self.namespaces],
        }
        (self.directory / RECORD).write_text(json.dumps(record))

    # ---- ricochet ----

    def start_router(self, *arguments, neighbours=True, **options):
        """Starts `ricochet router`, on all ports unless said; options as on its command line,
        `settle_ms=0` is --settle-ms 0. It knows the neighbours that it is told, and no others, as
        the paper's controller. neighbours: all hosts are made known to it."""
        options = {"ports": self.router_ports, "learn_neighbours": "false"} | options
        words = ["router", *arguments, *_words(options)]
        state = self.directory / "router"
        router = ricochet.Router(self.binary(), self.router_namespace, state, words)
        self._launch(router).wait_ready()
        if neighbours:
            router.add_neighbours(*self.hosts)
        return router

    def start_agent(self, server, *arguments, **options):
        return self._launch_agent(server, *arguments, **options).wait_ready()

    def start_agents(self, **options):
        """On all servers, at the same time."""
        agents = [self._launch_agent(server, **options) for server in self.servers]
        return [agent.wait_ready() for agent in agents]

    def binary(self):
        return ricochet.find_binary(self._binary)

    def _launch_agent(self, server, *arguments, **options):
        words = ["agent", "--interface", server.interface, *arguments, *_words(options)]
        state = self.directory / f"agent-{server.name}"
        return self._launch(ricochet.Agent(self.binary(), server.namespace, state, words))

    def _launch(self, daemon):
        self._daemons.append(daemon)
        daemon.launch()
        return daemon

    # ---- programs ----

    def start(self, host_or_namespace, name, *command, **popen_options):
        """Starts a program in a namespace; it ends with the lab. Its log is NAME.log."""
        namespace = getattr(host_or_namespace, "namespace", host_or_namespace)
        log = self.directory / f"{name}.log"
        process = processes.Process(namespace.command(*command), log, **popen_options)
        self._running.callback(process.kill)
        return process

    def download(self, requests, at_once, file=webserver.LARGE_FILE, **options):
        """Starts downloads at the client; see downloads.Downloads for the options."""
        return downloads.Downloads(self, requests, at_once, file, **options)

    def upload(self, requests, at_once, body_bytes, **options):
        return downloads.Downloads.upload(self, requests, at_once, body_bytes, **options)

    # ---- the end ----

    def keep(self):
        """Leaves everything running when the lab is left; `remove_leftovers()` removes it."""
        self._write_record(kept=True)
        _open_labs.remove(self)

    def close(self):
        """Ends and removes everything, whatever state it is in, unless it is kept. Idempotent."""
        if self not in _open_labs:
            return
        with endings.held_back():
            self._running.close()
            for daemon in self._daemons:
                daemon.remove()
            _remove(self.directory, [namespace.name for namespace in self.namespaces])
            _open_labs.remove(self)


def _words(options):
    """settle_ms=0 -> --settle-ms 0; a list is joined by commas; None is left out."""
    words = []
    for name, value in options.items():
        if value is not None:
            text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            words += [f"--{name.replace('_', '-')}", text]
    return words


def remove_leftovers():
    """Removes labs that were kept and those whose process died; returns their ids."""
    removed = []
    for record_file in sorted(LABS_DIRECTORY.glob(f"*/{RECORD}")):
        record = json.loads(record_file.read_text())
        alive = _start_time(record["owner_pid"]) == record["owner_start"]
        if record["kept"] or not alive:
            _remove(record_file.parent, record["namespaces"])
            removed.append(record_file.parent.name)
    return removed


def _remove(directory, namespaces):
    # A namespace ends its processes first: whoever runs in it could still use mounts and files.
    for name in namespaces:
        Namespace(name).delete()
    # Of daemons that could not clean up: pins keep programs alive, and go with their bpffs.
    for mount in _mounts_below(directory):
        processes.run("umount", mount)
    shutil.rmtree(directory, ignore_errors=not directory.exists())
    with contextlib.suppress(OSError):
        LABS_DIRECTORY.rmdir()  # unless another lab is in it


def _mounts_below(directory):
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [point for point in reversed(points) if point.startswith(f"{directory}/")]


def _start_time(pid):
    """Tells a process from a later one with the same number; 0 if there is none."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return 0


@atexit.register
def _close_all():
    for lab in list(_open_labs):
        lab.close()
