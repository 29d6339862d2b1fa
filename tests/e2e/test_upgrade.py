# SPDX-License-Identifier: Apache-2.0
"""Another version, with another layout of its tables, takes over from a killed daemon, and back,
while connections are between two owners."""

import processes
import pytest
import transfers
from kernel_facts import attachments, map_entries

MIB = 1 << 20
BUCKETS = 1 << 17  # 1 MiB


@pytest.fixture
def moved(balanced):
    """Downloads that come from ns1 although ns2 owns every bucket."""
    net = balanced(servers=3)
    downloads = transfers.half_downloads(net)
    net.move(*net.servers[:2])
    return net, downloads


def become(daemon, binary):
    """As an upgrade at the worst time."""
    daemon.kill()
    daemon.binary = binary
    daemon.start()


def links(daemon):
    return {interface: link for interface, (link, _) in attachments(daemon).items()}


def reached_by_new_connections(net):
    return {session.server() for session in net.open_sessions(8)}


def test_a_router_of_another_layout_takes_over(moved, other_layout_binary):
    net, downloads = moved
    router = net.router
    before = attachments(router)
    entries = map_entries(router, "services")
    tables = router.get("/tables")
    counters = net.counters()
    become(router, other_layout_binary)
    assert map_entries(router, "services") != entries
    assert links(router) == {interface: link for interface, (link, _) in before.items()}
    assert attachments(router) != before
    assert router.get("/tables") == tables
    assert all(net.counters()[name] >= count for name, count in counters.items())
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0
    assert reached_by_new_connections(net) == {"ns2"}


def test_the_earlier_version_takes_over_again(moved, other_layout_binary):
    net, downloads = moved
    router = net.router
    own_binary = router.binary
    before = links(router)
    entries = map_entries(router, "services")
    tables = router.get("/tables")
    become(router, other_layout_binary)
    become(router, own_binary)
    assert map_entries(router, "services") == entries
    assert links(router) == before
    assert router.get("/tables") == tables
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0
    assert reached_by_new_connections(net) == {"ns2"}


def test_what_the_other_version_changed_is_kept(moved, other_layout_binary):
    net, downloads = moved
    own_binary = net.router.binary
    become(net.router, other_layout_binary)
    net.move(*net.servers[1:])
    become(net.router, own_binary)
    transfers.assert_none_lost(transfers.finish(downloads))
    assert reached_by_new_connections(net) == {"ns3"}


def test_downloads_run_while_versions_replace_each_other(balanced, other_layout_binary):
    net = balanced(servers=2)
    own_binary = net.router.binary
    downloads = net.lab.download(requests=24, at_once=12, rate=1 << 19)
    for server in net.servers * 2:
        others = [other for other in net.servers if other is not server]
        for binary in (other_layout_binary, own_binary):
            become(net.router, binary)
        net.change(add=[server], remove=others)
    transfers.assert_none_lost(downloads.result())
    assert net.bounces() > 0


def test_agents_of_the_other_version_take_over(moved, other_layout_binary):
    net, downloads = moved
    before = [links(agent) for agent in net.agents]
    for agent in net.agents:
        become(agent, other_layout_binary)
    assert [links(agent) for agent in net.agents] == before
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0


@pytest.mark.parametrize("memory_mib", [8, 64])
def test_the_memory_for_tables_is_another_at_a_restart(moved, memory_mib):
    net, downloads = moved
    router = net.router
    before = links(router)
    tables = router.get("/tables")
    router.kill()
    router.set_option("table-memory-mib", memory_mib)
    router.start()
    assert router.status()["table_memory"]["capacity_bytes"] == memory_mib * MIB
    assert links(router) == before
    assert router.get("/tables") == tables
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0


def test_too_little_memory_for_tables_is_refused_and_the_old_ones_stay(balanced):
    net = balanced(servers=2, buckets=BUCKETS)
    downloads = transfers.half_downloads(net)
    net.move(*net.servers)
    router = net.router
    router.kill()
    router.set_option("table-memory-mib", 1)
    with pytest.raises(processes.LabError, match="table"):
        router.start()
    transfers.assert_none_lost(transfers.finish(downloads))
    router.set_option("table-memory-mib", 32)
    router.start()
    assert reached_by_new_connections(net) == {"ns2"}
