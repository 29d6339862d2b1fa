# SPDX-License-Identifier: Apache-2.0
"""Connections that live through several changes."""

import pytest
import transfers


def test_a_download_lives_through_add_add_remove(balanced):
    net = balanced(servers=3, active=1)
    first, second, third = net.servers
    downloads = transfers.half_downloads(net)
    net.change(add=[second])
    net.change(add=[third])
    net.change(remove=[first])
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0


@pytest.mark.parametrize("placement", ["maglev", "modulo"])
def test_an_upload_is_three_owners_behind(balanced, placement):
    """Each change moves every bucket: at the end the connections are with owner[3]."""
    net = balanced(servers=4, active=1, placement=placement)
    uploads = transfers.half_uploads(net)
    for old, new in zip(net.servers, net.servers[1:]):
        net.change(add=[new], remove=[old])
    transfers.assert_none_lost(transfers.finish(uploads))
    counters = net.agent_counters()
    assert min(agent["bounce"] for agent in counters[1:]) > 0
    assert (counters[0]["bounce"], counters[0]["take_final"]) == (0, 0)


def test_connections_of_every_age_live_together(balanced):
    net = balanced(servers=4, active=1)
    owners = {}
    for server, following in zip(net.servers, [*net.servers[1:], None]):
        for session in net.open_sessions(6):
            owners[session] = session.server()
        assert {owners[session] for session in list(owners)[-6:]} == {server.name}
        if following:
            net.change(add=[following], remove=[server])
    assert {session: session.server() for session in owners} == owners


def test_a_server_that_flaps_loses_nothing(balanced):
    net = balanced(servers=2, active=2)
    steady, flapping = net.servers
    sessions = net.open_sessions_at(steady, flapping)
    downloads = transfers.half_downloads(net)
    for _ in range(10):
        net.change(remove=[flapping])
        net.change(add=[flapping])
    net.change(remove=[flapping])
    transfers.assert_none_lost(transfers.finish(downloads))
    for name, of_server in sessions.items():
        assert {session.server() for session in of_server} == {name}


def test_owners_come_back_in_another_order(balanced):
    """A removed server that is added again moves to the front and is not there twice."""
    net = balanced(servers=3, active=1)
    first, second, third = net.servers
    sessions = net.open_sessions(8)
    net.change(add=[second], remove=[first])
    later = net.open_sessions(8)
    net.change(add=[first], remove=[second])
    net.change(add=[third], remove=[first])
    latest = net.open_sessions(8)
    assert {session.server() for session in sessions} == {"ns1"}
    assert {session.server() for session in later} == {"ns2"}
    assert {session.server() for session in latest} == {"ns3"}


def test_twelve_servers_one_after_the_other(balanced):
    """With more servers than a bucket remembers, those that leave one by one are remembered."""
    net = balanced(servers=12, active=12)
    downloads = transfers.half_downloads(net, count=48)
    for server in net.servers[:3]:
        net.change(remove=[server])
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0
    assert "forget" not in net.router.process.said()


def test_a_fifth_owner_is_warned_of(balanced):
    net = balanced(servers=5, active=1)
    for old, new in zip(net.servers, net.servers[1:]):
        assert "forget" not in net.router.process.said()
        net.change(add=[new], remove=[old])
    assert "forget 65536 owners that may still hold connections" in net.router.process.said()


@pytest.mark.parametrize("mark", ["dscp", "ecmp-er"])
def test_two_tables_bear_one_change(balanced, mark):
    """The paper's history, with its own mark and with ours."""
    net = balanced(servers=3, history="two-tables", placement="modulo", mark=mark)
    downloads = transfers.half_downloads(net)
    net.change(add=net.servers[1:])
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0


def test_a_new_history_begins_with_clear(balanced):
    net = balanced(servers=2, settle_ms=1)
    sessions = net.open_sessions(8)
    net.router.put("/clear")
    net.router.add_neighbours(*net.lab.hosts)
    net.change(add=net.servers[1:])
    with pytest.raises(ConnectionResetError):
        sessions[0].server()
    assert {session.server() for session in net.open_sessions(4)} == {"ns2"}
