# SPDX-License-Identifier: Apache-2.0
"""Changes in the middle of a handshake, and sockets that look like those of a moved connection."""

import processes
import pytest
import transfers
from raw_client import RawFlow
from topology import CLIENT_NETWORK

PORT = 40_000


def test_the_raw_client_is_served(raw):
    _, client = raw(servers=1)
    flow = RawFlow(client, PORT)
    flow.connect()
    assert flow.server() == "ns1"


def test_a_half_open_connection_moves(raw):
    net, client = raw(servers=2)
    flow = RawFlow(client, PORT)
    flow.send_syn()
    syn_ack = flow.receive_syn_ack()
    net.move(*net.servers)
    flow.accept(syn_ack)
    assert flow.server() == "ns1"


@pytest.fixture
def half_open_twins(raw):
    """A SYN was sent before and after a change, so both servers have a half-open socket."""
    net, client = raw(servers=2)
    flow = RawFlow(client, PORT)
    flow.send_syn()
    first = flow.receive_syn_ack()
    net.move(*net.servers)
    flow.send_syn()
    return net, flow, first, flow.receive_syn_ack(unlike=first)


def test_the_twin_of_the_new_owner_does_not_reset_the_connection(half_open_twins):
    net, flow, first, _ = half_open_twins
    flow.accept(first)
    assert [flow.server() for _ in range(3)] == ["ns1"] * 3
    twin = net.agent_counters()[1]
    assert twin["bounce_unfit"] == twin["bounce"] > 0


def test_the_twin_of_the_old_owner_is_not_asked(half_open_twins):
    net, flow, _, second = half_open_twins
    flow.accept(second)
    assert [flow.server() for _ in range(3)] == ["ns2"] * 3
    assert net.bounces() == 0


def test_the_twin_does_not_reset_a_connection_that_moves_back_to_it(half_open_twins):
    net, flow, _, second = half_open_twins
    flow.accept(second)
    net.move(*reversed(net.servers))
    assert [flow.server() for _ in range(3)] == ["ns2"] * 3
    assert net.agent_counters()[0]["bounce_unfit"] > 0


def test_a_kernel_repeats_its_syn(balanced):
    """The SYN-ACKs of the first server are lost: the router has no way back to the client."""
    net = balanced(servers=2)
    router = net.lab.router_namespace
    router.ip(f"route del {CLIENT_NETWORK}")
    downloads = net.lab.download(requests=8, at_once=8)
    processes.wait_until(lambda: net.agent_counters()[0]["take_syn"] >= 8, "the SYNs")
    net.move(*net.servers)
    processes.wait_until(lambda: net.agent_counters()[1]["take_syn"] >= 8, "the repeated SYNs")
    router.ip(f"route add {CLIENT_NETWORK} dev {net.lab.client.router_interface}")
    transfers.assert_none_lost(downloads.result())


def test_a_stale_time_wait_does_not_keep_a_moved_connection(raw):
    net, client = raw(servers=2)
    earlier = RawFlow(client, PORT)
    earlier.connect()
    earlier.get("/who", version="1.0")
    earlier.close_after_server()
    processes.wait_until(
        lambda: net.servers[0].namespace.tcp_states(PORT) == ["TIME-WAIT"], "TIME_WAIT at ns1"
    )
    net.move(*net.servers)
    flow = RawFlow(client, PORT, first_sequence=2_000_000_000)
    flow.connect()
    net.move(*reversed(net.servers))
    assert [flow.server() for _ in range(3)] == ["ns2"] * 3
    assert net.agent_counters()[0]["bounce_unfit"] > 0
    assert net.servers[0].namespace.tcp_states(PORT) == ["TIME-WAIT"]
