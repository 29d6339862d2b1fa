# SPDX-License-Identifier: Apache-2.0
"""The daemons end in every way, while downloads run through what they left in the kernel."""

import signal

import processes
import pytest
import transfers
from raw_client import RawFlow

WAYS_TO_END = {"killed": "kill", "stopped": "stop"}


@pytest.fixture(params=WAYS_TO_END.values(), ids=WAYS_TO_END)
def end(request):
    """Ends a daemon."""
    return lambda daemon: getattr(daemon, request.param)()


@pytest.fixture
def moved(balanced):
    """Downloads that come from ns1 although ns2 owns every bucket."""
    net = balanced(servers=3)
    downloads = transfers.half_downloads(net)
    net.move(*net.servers[:2])
    return net, downloads


def test_the_router_forwards_without_its_daemon(moved, end):
    net, downloads = moved
    end(net.router)
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0
    assert {session.server() for session in net.open_sessions(4)} == {"ns2"}
    assert net.counters()["bounced"] > 0


def test_agents_bounce_without_their_daemons(moved, end):
    net, downloads = moved
    for agent in net.agents:
        end(agent)
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0


def test_a_new_router_daemon_takes_over(moved, end):
    net, downloads = moved
    before = net.router.get("/tables")
    end(net.router)
    net.router.start()
    assert net.router.get("/tables") == before
    net.change(add=net.servers[2:])
    net.change(remove=net.servers[1:2])
    transfers.assert_none_lost(transfers.finish(downloads))
    assert {session.server() for session in net.open_sessions(4)} == {"ns3"}


def test_a_new_router_daemon_goes_on_counting(moved):
    net, downloads = moved
    transfers.finish(downloads)
    before = net.router.status()
    net.router.restart()
    after = net.router.status()
    assert before["counters"]["bounced"] > 0
    assert after["counters"] == before["counters"]
    assert after["links"] == before["links"]


def test_a_new_agent_daemon_takes_over(moved, end):
    net, downloads = moved
    bounced = net.bounces()
    for agent in net.agents:
        end(agent)
        agent.start()
    assert net.bounces() >= bounced
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > bounced


def test_downloads_run_while_daemons_are_killed_and_started(balanced):
    net = balanced(servers=2)
    halves = transfers.half_downloads(net)  # that are there still when their buckets move
    downloads = net.lab.download(requests=24, at_once=12, rate=1 << 19)
    for server in net.servers * 2:
        others = [other for other in net.servers if other is not server]
        for daemon in [net.router, *net.agents]:
            daemon.kill()
            daemon.start()
        net.change(add=[server], remove=others)
    transfers.assert_none_lost(downloads.result())
    transfers.assert_none_lost(transfers.finish(halves))
    assert net.bounces() > 0


def test_what_was_queued_is_gone_with_the_daemon(balanced):
    net = balanced(servers=2)
    before = net.router.get("/tables")
    net.router.add(net.servers[1])
    net.router.kill()
    net.router.start()
    net.router.install()
    assert net.router.get("/tables") == before


def test_neighbours_are_remembered(balanced):
    net = balanced(servers=2)
    net.router.remove_neighbour(net.servers[1])
    before = net.router.get("/tables/neigh")
    assert "10.0.0.1" in before and "10.0.0.2" not in before
    net.router.restart()
    assert net.router.get("/tables/neigh") == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_daemon_with_success(balanced, number):
    net = balanced(servers=1, settle_ms=0)
    for daemon in [net.router, *net.agents]:
        daemon.process.popen.send_signal(number)
        assert daemon.process.wait() == 0


def test_a_daemon_that_is_stopped_leaves_nothing_settling(raw):
    """Nobody would end it: a stray packet would be dropped for ever and not reset."""
    net, client = raw(servers=2, settle_ms=300)
    net.move(*net.servers)
    assert net.router.stop() == 0
    stray = RawFlow(client, port=40_000)
    stray.send("A", acknowledgement=7)
    stray.receive_reset()


def test_another_daemon_on_the_same_state_is_refused(balanced):
    net = balanced(servers=1)
    router = net.router
    words = ("router", "--ports", "veth100,veth101", "--state", router.state)
    refused = router.command(*words, "--listen", "127.0.0.1:5001", check=False)
    assert refused.returncode == 1
    assert str(router.process.pid) in refused.stderr
    assert net.open_session().server() == "ns1"


def test_another_program_on_the_interface_is_refused(balanced):
    """Two routers on one interface would not know of each other."""
    net = balanced(servers=1)
    words = ("router", "--ports", "veth100,veth101", "--state", net.lab.directory / "other")
    refused = net.router.command(*words, "--listen", "127.0.0.1:5001", check=False)
    assert refused.returncode == 1
    assert "veth100" in refused.stderr
    assert net.open_session().server() == "ns1"
    assert not (net.lab.directory / "other" / "bpf").is_mount()


def test_the_seed_stays_with_the_state(balanced):
    net = balanced(servers=1)
    net.router.stop()
    with pytest.raises(processes.LabError, match="ended with 1"):
        net.lab.start_router(seed=7)
    assert net.open_session().server() == "ns1"
    net.router.start()
