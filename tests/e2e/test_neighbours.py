# SPDX-License-Identifier: Apache-2.0
"""The router follows the kernel's neighbours: nobody tells it where the servers are."""

import dataclasses

import cables
import processes
import pytest
import topology
import transfers
from conftest import NEIGHBOUR_TIMEOUT_S
from topology import SERVICE

OTHER_MAC = "02:03:04:05:07:01"
FAR_AWAY = "10.9.9.9"
NOBODY = "10.0.0.77"


def neighbours(net):
    return net.ask("neighbour", "list")["neighbours"]


def wait_neighbour(net, server, **expected):
    """Until this is known of the server."""

    def known():
        return expected.items() <= neighbours(net).get(server.address, {}).items()

    processes.wait_until(known, f"{server.name} at {expected}", NEIGHBOUR_TIMEOUT_S)


def last_generation(net):
    return net.ask("generations", "log")["generations"][0]


def reached_by_new_connections(net):
    return {session.server() for session in net.open_sessions(16)}


def connections_at(server):
    """The client's ports of the connections that the server has."""
    lines = server.namespace.run("ss", "-Htn", "sport = :80").stdout.splitlines()
    return {int(line.split()[4].rpartition(":")[2]) for line in lines}


def test_servers_are_found_by_arp(balanced):
    net = balanced(servers=2, active=2, learn=True)
    assert neighbours(net) == {
        server.address: {
            "interface": server.router_interface,
            "mac": server.mac,
            "source": "kernel",
        }
        for server in net.servers
    }
    assert last_generation(net)["cause"] == "neighbours"
    assert reached_by_new_connections(net) == {"ns1", "ns2"}


def test_a_change_moves_connections_to_learned_neighbours(balanced):
    net = balanced(servers=2, learn=True)
    downloads = transfers.half_downloads(net)
    net.move(*net.servers)
    net.wait_eligible(net.servers[1])
    transfers.assert_none_lost(transfers.finish(downloads))
    assert reached_by_new_connections(net) == {"ns2"}


def test_a_server_without_a_link_loses_its_buckets_and_no_other_its_connections(balanced):
    net = balanced(servers=3, active=3, learn=True, settle_ms=1)
    first, dead, last = net.servers
    witness = net.open_sessions_at(dead, each=1)[dead.name][0]
    downloads = transfers.half_downloads(net, count=36)
    at_the_dead = connections_at(dead)
    before = last_generation(net)["number"]
    cables.cut(dead)
    net.wait_eligible(first, last)
    assert "does not answer ARP" in net.backends()[dead.address]["reason"]
    made = last_generation(net)
    assert (made["number"], made["cause"]) == (before + 1, "neighbours")
    with pytest.raises(ConnectionResetError):
        witness.server()  # and so settling is over
    result = transfers.finish(downloads)
    lost = {loss["source_port"]: loss["reason"] for loss in result["losses"]}
    assert lost == dict.fromkeys(at_the_dead - {witness.source_port}, "reset")
    assert 0 < result["completed"] == downloads.requests - len(lost)
    assert reached_by_new_connections(net) == {"ns1", "ns3"}


def test_a_server_comes_back_by_itself_and_still_has_its_connections(balanced):
    net = balanced(servers=2, active=2, learn=True)
    downloads = transfers.half_downloads(net)
    away = net.servers[1]
    cables.cut(away)
    net.wait_eligible(net.servers[0])
    assert reached_by_new_connections(net) == {"ns1"}
    cables.mend(away)
    net.wait_eligible(*net.servers)
    transfers.assert_none_lost(transfers.finish(downloads))
    assert reached_by_new_connections(net) == {"ns1", "ns2"}


def test_a_server_that_announces_another_mac_is_followed(balanced):
    net = balanced(servers=2, active=2, learn=True)
    downloads = transfers.half_downloads(net)
    before = last_generation(net)
    server = net.servers[0]
    server.namespace.sysctl(f"net.ipv4.conf.{server.interface}.arp_notify", 1)
    server.namespace.ip(f"link set {server.interface} address {OTHER_MAC}")
    wait_neighbour(net, server, mac=OTHER_MAC)
    transfers.assert_none_lost(transfers.finish(downloads))
    assert reached_by_new_connections(net) == {"ns1", "ns2"}
    assert last_generation(net) == before


def test_a_server_moves_to_another_port(balanced):
    """As a virtual machine does. The third server gives its cable to the second."""
    net = balanced(servers=3, active=2, agents=False, learn=True)
    _, mover, giver = net.servers
    sessions = net.open_sessions_at(*net.servers[:2])
    moved = dataclasses.replace(
        mover,
        interface=giver.interface,
        router_interface=giver.router_interface,
        port=giver.port,
    )
    giver.namespace.ip(f"link set {moved.interface} netns {mover.namespace.name}")
    mover.namespace.ip(
        f"address delete {mover.address}/24 dev {mover.interface}",
        f"link set {moved.interface} address {moved.mac}",
    )
    net.lab.router_namespace.ip(
        f"route replace {moved.address}/32 dev {moved.router_interface}",
    )
    cables.cut(mover)
    topology.configure_link(moved)
    wait_neighbour(net, moved, interface=moved.router_interface, mac=moved.mac)
    net.wait_eligible(*net.servers[:2])
    for name, at_server in sessions.items():
        assert {session.server() for session in at_server} == {name}
    assert reached_by_new_connections(net) == {"ns1", "ns2"}


@pytest.mark.parametrize(
    ("preparation", "reason"),
    [
        ([], "no route"),
        ([f"route add {FAR_AWAY}/32 via 10.0.0.1"], "is not on-link: it is reached through 10.0.0.1"),
        (["link add aside type bridge", "link set aside up", f"route add {FAR_AWAY} dev aside"],
         "aside, which is no port of this router"),
    ],
    ids=["no-route", "behind-a-gateway", "through-no-port"],
)  # fmt: skip
def test_a_server_that_cannot_be_a_neighbour_is_reported(balanced, preparation, reason):
    net = balanced(servers=1, learn=True)
    if preparation:
        net.lab.router_namespace.ip(*preparation)
    net.router.put(f"/add/{SERVICE}/32/{FAR_AWAY}")
    net.router.install()

    def reported():
        return reason in net.backends()[FAR_AWAY]["reason"]

    processes.wait_until(reported, f"'{reason}' of {FAR_AWAY}")
    assert not net.backends()[FAR_AWAY]["eligible"]
    assert reached_by_new_connections(net) == {"ns1"}


def test_an_address_that_nobody_has_gets_no_connections(balanced):
    net = balanced(servers=1, learn=True)
    net.lab.router_namespace.ip(f"route add {NOBODY}/32 dev {net.servers[0].router_interface}")
    net.router.put(f"/add/{SERVICE}/32/{NOBODY}")
    net.router.install()
    assert "does not answer ARP" in net.backends()[NOBODY]["reason"]
    assert reached_by_new_connections(net) == {"ns1"}


def test_a_static_neighbour_counts_instead_of_the_kernels_word(balanced):
    """Packets to the address of ns1 go where ns2 is, until that is taken back."""
    net = balanced(servers=2, learn=True)
    first, second = net.servers
    state = ("--state", net.router.state)
    words = (first.address, second.router_interface, second.mac)
    net.router.command("neighbour", "add", *words, *state)
    assert neighbours(net)[first.address]["source"] == "static"
    assert reached_by_new_connections(net) == {"ns2"}
    net.router.command("neighbour", "remove", first.address, *state)
    wait_neighbour(net, first, source="kernel", interface=first.router_interface)
    assert reached_by_new_connections(net) == {"ns1"}


def test_without_learning_only_static_neighbours_count(balanced):
    net = balanced(servers=2, active=1)
    net.router.remove_neighbour(net.servers[0])
    net.wait_eligible()
    net.router.add_neighbours(net.servers[0])
    net.wait_eligible(net.servers[0])
    assert reached_by_new_connections(net) == {"ns1"}
