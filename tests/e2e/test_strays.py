# SPDX-License-Identifier: Apache-2.0
"""Packets that belong to no connection: closed ports, strangers, and the budget for bounces."""

import processes
import pytest
from raw_client import RawFlow
from topology import SERVICE

PORT = 40_000
CLOSED = 81


@pytest.fixture
def settled(raw):
    """Two servers that every bucket has as owners, and nothing settles."""
    net, client = raw(servers=2, settle_ms=0)
    net.move(*net.servers)
    return net, client


def test_a_closed_port_refuses_at_once(settled):
    net, _ = settled
    for _ in range(20):
        with pytest.raises(ConnectionRefusedError):
            net.client.connect(SERVICE, CLOSED)
    counters = net.counters()
    assert (net.bounces(), counters["bounced"], counters["final"]) == (0, 0, 0)


@pytest.mark.parametrize("port", [80, CLOSED])
def test_a_stray_ack_is_reset_after_every_owner_was_asked(settled, port):
    net, client = settled
    stray = RawFlow(client, PORT, server_port=port)
    stray.send("A", acknowledgement=7)
    assert stray.receive_reset().seq == 7
    counters = net.counters()
    assert net.bounces() == 2
    assert (counters["bounced"], counters["final"]) == (1, 1)
    assert [agent["take_final"] for agent in net.agent_counters()] == [0, 1]


def test_a_stray_is_not_reset_while_the_tables_settle(raw):
    net, client = raw(servers=2, settle_ms=60_000)
    RawFlow(client, PORT).send("A", acknowledgement=7)
    processes.wait_until(lambda: net.counters()["drop_settling"] == 1, "the drop")
    assert net.counters()["final"] == 0
    net.router.kill()  # a daemon that is asked to end waits until the tables have settled


def test_ttl_ends_a_bounce(settled):
    net, client = settled
    RawFlow(client, PORT).send("A", acknowledgement=7, ttl=2)
    processes.wait_until(
        lambda: net.agents[1].status()["counters"]["drop_ttl_expired"] == 1, "the drop"
    )
    assert net.bounces() == 0


def test_a_server_without_a_budget_drops_and_does_not_reset(raw):
    """Once its agent has a budget, the connection goes on where it was."""
    net, client = raw(servers=2)
    old, new = net.servers
    net.agents[1].stop()
    poor = net.lab.start_agent(new, bounce_rate=0)
    flow = RawFlow(client, PORT)
    flow.connect()
    net.move(old, new)
    flow.send("PA", b"GET ")
    processes.wait_until(lambda: poor.status()["counters"]["drop_budget"] == 1, "the drop")
    assert poor.status()["counters"]["bounce"] == 0
    poor.stop()
    net.lab.start_agent(new)
    assert flow.server() == old.name
