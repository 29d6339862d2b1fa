# SPDX-License-Identifier: Apache-2.0
"""`ricochet detach`: programs off, and with --purge everything else as well."""

import json
from pathlib import Path

import pytest
import transfers
from kernel_facts import has_xdp


@pytest.fixture
def net(balanced):
    return balanced(servers=2)


def programs(net):
    """Interfaces of the router and the servers that have an XDP program."""
    places = [(net.lab.router_namespace, port) for port in net.lab.router_ports]
    places += [(server.namespace, server.interface) for server in net.servers]
    return [interface for namespace, interface in places if has_xdp(namespace, interface)]


def mounts_below(directory):
    return [line for line in Path("/proc/mounts").read_text().splitlines() if str(directory) in line]


def test_detach_takes_the_programs_off_and_keeps_the_tables(net):
    downloads = transfers.half_downloads(net)
    net.move(*net.servers)
    tables = net.router.get("/tables")
    net.router.stop()
    assert net.router.detach().stdout == "detached veth100, veth101, veth102\n"
    assert programs(net) == ["veth1", "veth2"]
    assert net.router.status()["links"] == []
    net.router.start()
    assert programs(net) == ["veth100", "veth101", "veth102", "veth1", "veth2"]
    assert net.router.get("/tables") == tables
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0


def test_detach_again_says_so(net):
    agent = net.agents[0]
    agent.stop()
    assert agent.detach().stdout == "detached veth1\n"
    assert agent.detach().stdout == "nothing was attached\n"
    assert programs(net) == ["veth100", "veth101", "veth102", "veth2"]


def test_purge_leaves_nothing(net):
    for daemon in [net.router, *net.agents]:
        daemon.stop()
        assert mounts_below(daemon.state)
        assert daemon.detach(purge=True).stdout.endswith("pins, store and directory removed\n")
        assert not daemon.state.exists()
        assert not mounts_below(daemon.state)
    assert programs(net) == []


def test_after_a_purge_everything_is_new(net):
    net.router.stop()
    net.router.detach(purge=True)
    net.router.start()
    assert net.router.tables()["generation"] == 0
    assert sum(net.counters().values()) == 0
    net.router.add_neighbours(*net.lab.hosts)
    net.change(add=net.servers[:1])
    assert net.open_session().server() == "ns1"


def test_json(net):
    agent = net.agents[0]
    agent.stop()
    words = ("detach", "--state", agent.state, "--json")
    assert json.loads(agent.command(*words).stdout) == {
        "ok": True,
        "detached": ["veth1"],
        "purged": False,
    }
    assert json.loads(agent.command(*words, "--purge").stdout) == {
        "ok": True,
        "detached": [],
        "purged": True,
    }
    refused = agent.command(*words, check=False)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["ok"] is False


def test_a_directory_of_somebody_else_is_left_alone(net, tmp_path):
    (tmp_path / "thesis.txt").write_text("five years")
    refused = net.router.command("detach", "--state", tmp_path, "--purge", check=False)
    assert refused.returncode == 1
    assert (tmp_path / "thesis.txt").exists()


def test_nothing_is_purged_under_a_running_daemon(net):
    """Its next change would go to tables that no program reads."""
    tables = net.router.tables()
    refused = net.router.command("detach", "--state", net.router.state, "--purge", check=False)
    assert refused.returncode == 1
    assert str(net.router.process.pid) in refused.stderr
    assert net.router.tables() == tables
    assert net.open_session().server() == "ns1"
