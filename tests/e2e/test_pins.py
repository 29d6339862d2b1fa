# SPDX-License-Identifier: Apache-2.0
"""Pins: a moved connection is bounced once, not for each of its packets."""

import processes
from rest_api import Api
from topology import SERVICE

REQUESTS = 12
PIN_MEMORY_MIB = 8  # as by default
# A request that the client sends again before the first one has come back is bounced, too.
BOUNCES_MAX = 4
IDLE_S = 8
IDLE_TIMEOUT_S = 60.0
MERGE_PATCH = {"Content_Type": "application/merge-patch+json"}


def _moved_session(balanced, **options):
    """A session with the first of two servers, whose bucket has gone to the second."""
    net = balanced(servers=2, active=1, **{"pin_memory_mib": PIN_MEMORY_MIB} | options)
    session = net.open_session()
    assert session.server() == "ns1"
    net.move(*net.servers)
    return net, session


def _ask(session):
    assert [session.server() for _ in range(REQUESTS)] == ["ns1"] * REQUESTS


def test_a_moved_connection_is_bounced_once(balanced):
    net, session = _moved_session(balanced)
    _ask(session)
    counters = net.counters()
    assert 1 <= counters["bounced"] <= BOUNCES_MAX
    # The first request is among those that were bounced.
    assert counters["pinned"] >= REQUESTS - counters["bounced"]
    assert net.router.status()["pins"]["used"] == 1
    traced = net.ask("trace", f"{net.lab.client.address}:{session.source_port}", f"{SERVICE}:80")
    assert traced["verdict"] == "pinned"


def test_without_pins_each_packet_is_bounced(balanced):
    net, session = _moved_session(balanced, pin_memory_mib=0)
    _ask(session)
    counters = net.counters()
    assert (counters["bounced"] >= REQUESTS, counters["pinned"]) == (True, 0)
    assert net.router.status()["pins"] == {"used": 0, "capacity": 0}


def test_a_killed_daemon_leaves_the_pins(balanced):
    net, session = _moved_session(balanced)
    _ask(session)
    bounced = net.counters()["bounced"]
    net.router.kill()
    _ask(session)
    net.router.start()
    _ask(session)
    assert net.counters()["bounced"] == bounced


def test_tables_of_another_size_know_the_pins(balanced):
    net, session = _moved_session(balanced)
    _ask(session)
    bounced = net.counters()["bounced"]
    net.router.set_option("table-memory-mib", 4)
    net.router.restart()
    _ask(session)
    assert net.counters()["bounced"] == bounced


def test_another_size_costs_a_bounce(balanced):
    net, session = _moved_session(balanced)
    _ask(session)
    bounced = net.counters()["bounced"]
    net.router.set_option("pin-memory-mib", 1)
    net.router.restart()
    assert net.router.status()["pins"] == {"used": 0, "capacity": 131072}
    _ask(session)
    assert bounced < net.counters()["bounced"] <= bounced + BOUNCES_MAX


def test_an_idle_pin_is_forgotten(balanced):
    net, session = _moved_session(balanced, pin_idle_s=IDLE_S)
    _ask(session)
    bounced = net.counters()["bounced"]
    processes.wait_until(
        lambda: net.router.status()["pins"]["used"] == 0, "no pin", IDLE_TIMEOUT_S
    )
    missed = net.counters()["pin_miss"]
    _ask(session)
    counters = net.counters()
    assert bounced < counters["bounced"] <= bounced + BOUNCES_MAX
    assert counters["pin_miss"] == missed, "the bucket still says that it has pins"


def test_a_pin_holds_a_connection_that_its_bucket_has_forgotten(balanced):
    """As long as the pool knows its server."""
    net = balanced(servers=6, active=1, pin_memory_mib=PIN_MEMORY_MIB)
    api = Api(net.router)
    session = net.open_session()
    for old, new in zip(net.servers, net.servers[1:]):
        net.change(add=[new])
        path = f"/v1/pools/route-{SERVICE}-32/backends/{old.address}"
        assert api.send("PATCH", path, {"state": "draining"}, **MERGE_PATCH).status == 200
        assert session.server() == "ns1"
    assert "forget" in net.router.process.said()
