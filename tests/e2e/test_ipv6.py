# SPDX-License-Identifier: Apache-2.0
"""IPv6: services, servers that the router finds by neighbour discovery, and moved connections."""

import contextlib
import json
import socket
from pathlib import Path

import pytest

import processes

NAMING_SERVER = Path(__file__).with_name("naming_server.py")
PORT = 8080
VIP = "fd00:aaaa::1"
SERVICE = f"[{VIP}]:{PORT}/tcp"
REQUESTS = 8
BOUNCES_MAX = 4  # a request may be sent again before the first one has come back
ELIGIBLE_TIMEOUT_S = 20.0
TIMEOUT_S = 20.0


def _address(host):
    return f"fd00:0:0:{host.port}::2"


def _give(namespace, interface, address):
    for name, value in (("disable_ipv6", 0), ("accept_dad", 0)):
        namespace.sysctl(f"net.ipv6.conf.{interface}.{name}", value)
    namespace.ip(f"address add {address} dev {interface} nodad")


class Ipv6Net:
    """A lab of two servers whose hosts have addresses of IPv6, each in a network of its own."""

    def __init__(self, lab):
        self.lab = lab
        self._connections = contextlib.ExitStack()
        router = lab.router_namespace
        router.sysctl("net.ipv6.conf.all.disable_ipv6", 0)
        for host in lab.hosts:
            gateway = f"fd00:0:0:{host.port}::1"
            _give(router, host.router_interface, f"{gateway}/64")
            _give(host.namespace, host.interface, f"{_address(host)}/64")
            host.namespace.ip(f"route add ::/0 via {gateway} dev {host.interface}")
        router.sysctl("net.ipv6.conf.all.forwarding", 1)
        for server in lab.servers:
            _give(server.namespace, "lo", f"{VIP}/128")
            words = ("/usr/bin/python3", NAMING_SERVER, server.name, PORT)
            lab.start(server, f"naming-{server.name}", *words).wait_for_line("ready")
        self.agents = lab.start_agents()
        self.router = lab.start_router(neighbours=False, learn_neighbours="true")

    def run(self, *words):
        api = f"unix:{self.router.state}/api.sock"
        answer = self.router.command(*words, "--api", api, "--json")
        return json.loads(answer.stdout)

    def counters(self):
        return self.router.status()["counters"]

    def eligible(self):
        (backends,) = self.run("backend", "list")["backends"].values()
        return {address for address, backend in backends.items() if backend["eligible"]}

    def connect(self):
        """A connection of the client to the service."""
        with self.lab.client.namespace.entered():
            connection = socket.create_connection((VIP, PORT), TIMEOUT_S)
        return self._connections.enter_context(connection)

    def close(self):
        self._connections.close()


def _server_of(connection):
    connection.sendall(b"who\n")
    return connection.recv(64).decode().strip()


@pytest.fixture
def net(make_lab, ricochet_binary):
    one = Ipv6Net(make_lab(servers=2, rate_mbit=0, binary=ricochet_binary))
    first, second = map(_address, one.lab.servers)
    one.run("pool", "add", "web")
    one.run("backend", "add", "web", first)
    one.run("backend", "add", "web", second, "--state", "draining")
    one.run("service", "add", SERVICE, "--pool", "web")
    what = "both servers to be found by neighbour discovery"
    processes.wait_until(lambda: one.run("neighbour", "list") and first in one.eligible(), what,
                         ELIGIBLE_TIMEOUT_S)
    yield one
    one.close()


def test_a_moved_connection_stays_with_its_server(net):
    first, second = map(_address, net.lab.servers)
    moved = net.connect()
    assert _server_of(moved) == "ns1"
    net.run("backend", "set", "web", second, "--state", "active")
    net.run("backend", "set", "web", first, "--state", "draining")
    assert [_server_of(moved) for _ in range(REQUESTS)] == ["ns1"] * REQUESTS
    assert _server_of(net.connect()) == "ns2"
    counters = net.counters()
    assert 1 <= counters["bounced"] <= BOUNCES_MAX
    assert counters["pinned"] >= REQUESTS - counters["bounced"]
    # Neighbour discovery goes on, past the services.
    assert counters["pass_neighbour"] > 0


def test_a_packet_is_traced(net):
    source = f"[{_address(net.lab.client)}]:40000"
    trace = net.run("trace", source, f"[{VIP}]:{PORT}")
    assert trace["verdict"] == "forward"


def test_a_server_is_in_order(net):
    server = net.lab.servers[0]
    words = ("agent", "check", "--interface", server.interface, "--service-address", VIP, "--json")
    state = ("--state", net.agents[0].state)
    answer = json.loads(server.namespace.run(net.lab.binary(), *words, *state, check=False).stdout)
    found = {check["name"]: check["found"] for check in answer["checks"] if check["ok"]}
    assert found["service_address"] == f"{VIP}/128 is on lo"
    assert found["listener"] == f"a TCP server listens on {VIP}"


def test_agents_guard_the_address_on_lo(net):
    for agent in net.agents:
        assert VIP in agent.process.said()
