# SPDX-License-Identifier: Apache-2.0
"""Servers come and go while connections live: none of them is lost."""

import hashlib

import processes
import pytest
import transfers


@pytest.fixture(params=["maglev", "modulo"])
def placement(request):
    return request.param


def assert_new_connections_reach(net, servers):
    """All of them and nobody else."""
    names = {server.name for server in servers}
    net.open_sessions_at(*servers, each=1)
    assert {session.server() for session in net.open_sessions(12)} <= names


def test_servers_are_added_under_downloads(balanced, placement):
    net = balanced(servers=3, placement=placement)
    downloads = transfers.half_downloads(net)
    net.change(add=net.servers[1:])
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0
    assert_new_connections_reach(net, net.servers)


def test_servers_are_removed_under_downloads(balanced, placement):
    net = balanced(servers=3, active=3, placement=placement)
    downloads = transfers.half_downloads(net)
    net.change(remove=net.servers[1:])
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0
    assert_new_connections_reach(net, net.servers[:1])


def test_servers_are_added_and_removed_under_uploads(balanced):
    net = balanced(servers=3, active=2)
    uploads = transfers.half_uploads(net)
    net.change(add=net.servers[2:], remove=net.servers[:1])
    result = transfers.finish(uploads)
    transfers.assert_none_lost(result)
    assert net.bounces() > 0
    arrived = [
        (int(file.name), hashlib.sha256(file.read_bytes()).hexdigest())
        for web in net.lab.web.values()
        for file in (web.directory / "upload").glob("*")
    ]
    assert sorted(arrived) == [(number, result["sha256"]) for number in range(uploads.requests)]


def test_a_server_that_takes_over_all_leaves_no_connection_behind(balanced):
    net = balanced(servers=2)
    downloads = transfers.half_downloads(net)
    net.change(add=net.servers[1:], remove=net.servers[:1])
    transfers.assert_none_lost(transfers.finish(downloads))
    assert_new_connections_reach(net, net.servers[1:])


def test_an_idle_connection_is_where_it_was_after_a_change(balanced):
    net = balanced(servers=3, active=2)
    before = {session: session.server() for session in net.open_sessions(16)}
    net.change(add=net.servers[2:], remove=net.servers[:1])
    assert {session: session.server() for session in before} == before
    assert net.bounces() > 0


def test_downloads_run_while_servers_come_and_go(balanced):
    net = balanced(servers=4, active=1)
    downloads = net.lab.download(requests=60, at_once=12, rate=1 << 20)
    first, *others = net.servers
    changes = [{"add": [server]} for server in others]
    changes += [{"remove": [server]} for server in reversed(others)]
    changes.append({"add": others, "remove": [first]})
    for number, change in enumerate(changes, 1):
        wait_for_progress(downloads, number)
        net.change(**change)
    transfers.assert_none_lost(downloads.result())
    assert net.bounces() > 0


def wait_for_progress(downloads, reports):
    """The client reports twice a second while it downloads."""
    processes.wait_until(
        lambda: len(downloads.events("progress")) >= reports or not downloads.running(),
        "the client to report its progress",
    )


def test_changes_that_nobody_remembers_lose_connections(balanced):
    """Without history the other tests of this file would fail: they do see the loss."""
    net = balanced(servers=3, agents=False, history="none")
    downloads = transfers.half_downloads(net)
    net.change(add=net.servers[1:])
    result = transfers.finish(downloads)
    assert result["connections_lost"] > 0
    assert {loss["reason"] for loss in result["losses"]} == {"reset"}
