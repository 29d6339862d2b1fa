#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The programs of ricochet, started in the namespaces of the lab."""

import http.client
import json
import os
from pathlib import Path

import pcapng
import processes
from topology import CLIENT_NETWORK, SERVICE

API_ADDRESS = ("127.0.0.1", 5000)
API_TIMEOUT_S = 30.0
BINARY = Path(__file__).resolve().parent.parent / "build" / "ricochet"


def find_binary(path=None):
    """The argument, else $RICOCHET, else build/ricochet; LabError if that is no program."""
    binary = Path(path or os.environ.get("RICOCHET") or BINARY).resolve()
    if not os.access(binary, os.X_OK):
        raise processes.LabError(f"no program at {binary}: build it first with `./run build`")
    return binary


class Daemon:
    """A `ricochet` daemon with a state directory of its own."""

    def __init__(self, binary, namespace, state, arguments):
        self.binary = binary
        self.namespace = namespace
        self.state = Path(state)
        self._arguments = list(arguments)
        self.process = None

    def start(self):
        self.launch()
        return self.wait_ready()

    def launch(self):
        """Starts it and returns at once."""
        self.process = processes.Process(
            self.namespace.command(self.binary, *self._arguments, "--state", self.state),
            self.state.with_suffix(".log"),
        )

    def wait_ready(self):
        self.process.wait_for_line(r"\bready\b")
        return self

    def stop(self):
        """The daemon ends, its data plane goes on; returns the exit code."""
        return self.process.stop()

    def kill(self):
        """The same with SIGKILL."""
        return self.process.kill()

    def set_option(self, name, value):
        """From the next start on; set_option("settle-ms", 0) is --settle-ms 0."""
        word = f"--{name}"
        if word in self._arguments:
            self._arguments[self._arguments.index(word) + 1] = str(value)
        else:
            self._arguments += [word, str(value)]

    def restart(self):
        self.stop()
        return self.start()

    def command(self, *words, check=True):
        """Runs a client subcommand in the daemon's namespace, e.g. ("route", "list")."""
        return self.namespace.run(self.binary, *words, check=check)

    def status(self):
        words = ("status", "--json", "--state", self.state)
        return json.loads(self.command(*words).stdout)

    def detach(self, purge=False):
        """Takes the program off its interfaces; the daemon has to be stopped before."""
        return self.command("detach", "--state", self.state, *(["--purge"] if purge else []))

    def remove(self):
        """Leaves nothing of it; whatever fails here is left to the removal of the lab."""
        if self.process:
            self.process.stop()
        words = ("detach", "--state", self.state, "--purge")
        if self.state.exists():
            self.command(*words, check=False)

    def capture(self, file, *filters):
        """Starts a capture of what its program sees; filters as on the command line."""
        return Capture(self, file, filters)


class Router(Daemon):
    """`ricochet router`, and its REST API on 127.0.0.1:5000 of its namespace."""

    def request(self, method, path, headers=None):
        """Returns (status, text)."""
        connection = http.client.HTTPConnection(*API_ADDRESS, timeout=API_TIMEOUT_S)
        connection.sock = self.namespace.connect(*API_ADDRESS, timeout_s=API_TIMEOUT_S)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def put(self, path):
        """As the scripts of the paper do: put("/install"). LabError unless the answer is 2xx."""
        return self._expect_success("PUT", path)

    def get(self, path):
        return self._expect_success("GET", path)

    def tables(self):
        text = self._expect_success("GET", "/tables", {"Accept": "application/json"})
        return json.loads(text)

    def _expect_success(self, method, path, headers=None):
        status, text = self.request(method, path, headers)
        if not 200 <= status < 300:
            raise processes.LabError(f"{method} {path}: {status} {text.strip()}")
        return text

    def add(self, *servers, query=""):
        """Queues the servers for the service; query as "?port=80&protocol=tcp"."""
        for server in servers:
            self.put(f"/add/{SERVICE}/32/{server.address}{query}")

    def remove(self, *servers, query=""):
        for server in servers:
            self.put(f"/del/{SERVICE}/32/{server.address}{query}")

    def install(self):
        self.put("/install")

    def add_neighbours(self, *hosts):
        for host in hosts:
            self.put(f"/neigh/add/{host.address}/{host.port}/{host.mac}")

    def remove_neighbour(self, host):
        """How a dead server is declared."""
        self.put(f"/neigh/del/{host.address}")

    def add_connected_client_network(self):
        """Replies of the servers go through the router's program too, not through the kernel."""
        self.put(f"/add/{CLIENT_NETWORK}/connected")


class Agent(Daemon):
    """`ricochet agent` on one server."""


class Capture:
    """`ricochet capture` writing pcapng."""

    def __init__(self, daemon, file, filters):
        self.file = Path(file)
        self.process = processes.Process(
            daemon.namespace.command(
                daemon.binary, "capture", "--state", daemon.state, "-w", file, *filters
            ),
            self.file.with_suffix(".log"),
        )
        self.process.wait_for_line(r"\bcapturing\b")

    def packets(self):
        """What is in the file so far."""
        return pcapng.read(self.file)

    def stop(self):
        """Ends the capture and returns its packets."""
        code = self.process.stop()
        if code != 0:
            raise processes.LabError(f"the capture ended with {code}: {self.process.said()}")
        return self.packets()
