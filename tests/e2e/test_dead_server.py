# SPDX-License-Identifier: Apache-2.0
"""A server dies: its link goes down, and the router is told by deleting its neighbour."""

import processes
import pytest
import transfers


def die(server):
    server.namespace.ip(f"link set {server.interface} down")


def declare_dead(net, server):
    """Neighbour first: then nothing waits for it any more."""
    net.router.remove_neighbour(server)
    net.change(remove=[server])


def connections_at(server):
    """The client's ports of the connections that the server has."""
    lines = server.namespace.run("ss", "-Htn", "sport = :80").stdout.splitlines()
    return {int(line.split()[4].rpartition(":")[2]) for line in lines}


def reached_by_new_connections(net):
    return {session.server() for session in net.open_sessions(16)}


def test_downloads_of_the_other_servers_survive(balanced):
    net = balanced(servers=3, active=3, settle_ms=1)
    dead = net.servers[1]
    witness = net.open_sessions_at(dead, each=1)[dead.name][0]
    downloads = transfers.half_downloads(net, count=36)
    at_the_dead = connections_at(dead)
    die(dead)
    declare_dead(net, dead)
    with pytest.raises(ConnectionResetError):
        witness.server()  # and so settling is over
    result = transfers.finish(downloads)
    lost = {loss["source_port"]: loss["reason"] for loss in result["losses"]}
    assert lost == dict.fromkeys(at_the_dead - {witness.source_port}, "reset")
    assert 0 < result["completed"] == downloads.requests - len(lost)
    assert reached_by_new_connections(net) == {"ns1", "ns3"}


def test_the_owner_behind_a_dead_one_is_found(balanced):
    """The buckets' owners are ns3, ns2, ns1; then ns2 dies."""
    net = balanced(servers=3, active=1)
    oldest, dead, newest = net.servers
    downloads = transfers.half_downloads(net)
    net.change(add=[dead], remove=[oldest])
    net.change(add=[newest], remove=[dead])
    die(dead)
    net.router.remove_neighbour(dead)
    transfers.assert_none_lost(transfers.finish(downloads))
    at_oldest, _, at_newest = net.agent_counters()
    assert at_newest["bounce"] > 0
    assert (at_oldest["bounce"], at_oldest["take_final"]) == (0, 0)


def test_a_dead_current_owner_is_skipped_before_its_route_is_deleted(balanced):
    net = balanced(servers=2, active=1)
    survivor, dead = net.servers
    downloads = transfers.half_downloads(net)
    net.change(add=[dead], remove=[survivor])
    die(dead)
    net.router.remove_neighbour(dead)
    transfers.assert_none_lost(transfers.finish(downloads))
    assert reached_by_new_connections(net) == {survivor.name}


def test_downloads_run_while_a_server_dies(balanced):
    """Packets that were sent to it before it was declared dead are sent again."""
    net = balanced(servers=3, active=1)
    oldest, dead, newest = net.servers
    downloads = net.lab.download(requests=12, at_once=12, rate=1 << 19)
    processes.wait_until(lambda: len(connections_at(oldest)) == 12, "all downloads to begin")
    net.change(add=[dead], remove=[oldest])
    net.change(add=[newest])
    die(dead)
    declare_dead(net, dead)
    transfers.assert_none_lost(downloads.result())
    assert reached_by_new_connections(net) == {newest.name}


def test_connections_of_the_dead_are_reset_not_left_hanging(balanced):
    net = balanced(servers=2, active=2, settle_ms=1)
    dead = net.servers[1]
    sessions = net.open_sessions_at(dead)
    die(dead)
    declare_dead(net, dead)
    for session in sessions[dead.name]:
        with pytest.raises(ConnectionResetError):
            session.server()


def test_a_server_that_was_only_unreachable_is_found_again(balanced):
    net = balanced(servers=2, active=2)
    away = net.servers[1]
    sessions = net.open_sessions_at(*net.servers)
    declare_dead(net, away)
    assert reached_by_new_connections(net) == {"ns1"}
    net.router.add_neighbours(away)
    for name, at_server in sessions.items():
        assert {session.server() for session in at_server} == {name}
    assert reached_by_new_connections(net) == {"ns1"}


def test_a_move_to_a_server_whose_neighbour_is_not_known_yet_has_no_gap(balanced):
    net = balanced(servers=2, active=1)
    old, new = net.servers
    net.router.remove_neighbour(new)
    net.move(old, new)
    assert reached_by_new_connections(net) == {old.name}
    net.router.add_neighbours(new)
    assert reached_by_new_connections(net) == {new.name}
