# SPDX-License-Identifier: Apache-2.0
"""Which packets are balanced and where they go: ports, prefixes, weights, UDP, everything else."""

import contextlib
import socket

import processes
import pytest
import transfers
from topology import SERVICE

OTHER_ADDRESS = "10.0.10.9"
UDP_PORT = 5300


@pytest.fixture
def net(balanced):
    """Three servers, none of them installed."""
    return balanced(servers=3, active=0)


def reached(net, count=16):
    return {session.server() for session in net.open_sessions(count)}


def test_a_service_by_port_goes_before_its_address(net):
    first, second, third = net.servers
    net.change(add=[first])
    assert reached(net) == {first.name}
    net.router.add(second, query="?port=80&protocol=tcp")
    net.router.add(third, query="?port=81&protocol=tcp")
    net.router.install()
    assert reached(net) == {second.name}
    net.router.remove(second, query="?port=80&protocol=tcp")
    net.router.add(first, query="?port=80&protocol=tcp")
    net.router.install()
    assert reached(net) == {first.name}


def test_a_longer_prefix_goes_before_a_shorter_one(net):
    first, second, third = net.servers
    net.router.put(f"/add/10.0.8.0/21/{first.address}")
    net.router.put(f"/add/10.0.10.0/24/{second.address}")
    net.router.install()
    assert reached(net) == {second.name}
    net.change(add=[third])
    assert reached(net) == {third.name}


def test_a_service_of_another_port_leaves_connections_alone(net):
    first, second, _ = net.servers
    net.change(add=[first])
    downloads = transfers.half_downloads(net)
    net.router.add(second, query="?port=443&protocol=tcp")
    net.router.install()
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() == 0


def test_weights(net):
    light, heavy, _ = net.servers
    net.router.add(light)
    net.router.add(heavy, query="?weight=15")
    net.router.install()
    rows = net.router.tables()["cur_nh"]
    owners = [row.get("nexthop") for row in rows]
    assert owners.count(heavy.address) == pytest.approx(15 * owners.count(light.address), rel=0.01)
    names = [session.server() for session in net.open_sessions(48)]
    assert names.count(heavy.name) > names.count(light.name)


def test_replies_pass_the_router_by_xdp(net):
    """With a route to the clients they need no kernel, and nothing is lost on that way either."""
    first, second, _ = net.servers
    net.change(add=[first])
    net.router.add_connected_client_network()
    net.router.install()
    passed = net.counters()["pass_no_service"]
    downloads = transfers.half_downloads(net)
    net.move(first, second)
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.counters()["pass_no_service"] == passed
    to_clients = [each for each in net.router.status()["backends"] if each["address"] == "connected"]
    assert to_clients[0]["packets"] > downloads.requests


def test_udp_is_balanced(net):
    first, second, _ = net.servers
    net.change(add=[first, second])
    with contextlib.ExitStack() as sockets:
        listeners = []
        for server in (first, second):
            listeners.append(sockets.enter_context(server.namespace.socket(socket.SOCK_DGRAM)))
            listeners[-1].bind((SERVICE, UDP_PORT))
        for _ in range(32):
            client = sockets.enter_context(net.client.socket(socket.SOCK_DGRAM))
            client.sendto(b"ping", (SERVICE, UDP_PORT))
        counts = [len(datagrams(listener)) for listener in listeners]
    assert sum(counts) == 32
    assert min(counts) > 0
    assert [agent["take_not_tcp"] for agent in net.agent_counters()[:2]] == counts


def datagrams(listener):
    """All that wait to be read."""
    listener.setblocking(False)
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(listener.recv(4096))
    return found


def test_what_is_no_service_is_the_kernels(net):
    net.change(add=net.servers[:1])
    server = net.servers[1]
    with net.client.connect(server.address, 80) as connection:
        connection.sendall(b"GET /who HTTP/1.0\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK")
    assert net.counters()["pass_no_service"] > 0
    assert net.router.status()["backends"][0]["packets"] == 0


def test_an_address_that_comes_later_is_guarded(net):
    """The agents follow the addresses on lo."""
    first, second, _ = net.servers
    for server in (first, second):
        server.namespace.ip(f"address add {OTHER_ADDRESS}/32 dev lo")
    processes.wait_until(
        lambda: all(OTHER_ADDRESS in agent.process.said() for agent in net.agents[:2]), "the agents"
    )
    net.router.put(f"/add/{OTHER_ADDRESS}/32/{first.address}")
    net.router.install()
    session = net.open_session(address=OTHER_ADDRESS)
    assert session.server() == first.name
    net.router.put(f"/add/{OTHER_ADDRESS}/32/{second.address}")
    net.router.put(f"/del/{OTHER_ADDRESS}/32/{first.address}")
    net.router.install()
    assert session.server() == first.name
    assert net.agent_counters()[1]["bounce"] > 0


def test_a_service_without_servers_takes_no_new_connections(net):
    """Those that exist end in peace."""
    net.change(add=net.servers[:1])
    downloads = transfers.half_downloads(net)
    net.change(remove=net.servers[:1])
    with pytest.raises(TimeoutError):
        net.client.connect(SERVICE, 80, timeout_s=0.5)
    assert net.counters()["drop_no_backend"] > 0
    transfers.assert_none_lost(transfers.finish(downloads))


