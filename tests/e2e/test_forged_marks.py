# SPDX-License-Identifier: Apache-2.0
"""A client marks its packets as only servers may, to choose its server or to do harm."""

import processes
import pytest
import transfers
from frames import Interface
from raw_client import ADDRESS, RawFlow
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from topology import ROUTER_MAC, SERVICE

MARK_CODE_POINTS = [3, 7, 11, 15]  # attempts 1 to 3, final
FIRST_ATTEMPT_TOS = 3 << 2
ECMP_ER_TOS = 0x01
EXPEDITED_FORWARDING_ECT0_TOS = 46 << 2 | 0x02
PAPERS_MODE = {"mark": "ecmp-er", "history": "two-tables", "placement": "modulo"}
PORT = 40_000


@pytest.mark.parametrize("code_point", MARK_CODE_POINTS)
def test_a_client_cannot_choose_its_server(balanced, code_point):
    """ns2 owns every bucket, and ns1 did before."""
    net = balanced(servers=2)
    net.move(*net.servers)
    assert net.open_session(tos=code_point << 2).server() == "ns2"
    assert_cleared_and_sent_to_the_second(net)


def assert_cleared_and_sent_to_the_second(net):
    counters = net.counters()
    assert counters["mark_cleared"] >= 3  # SYN, ACK, request
    assert (counters["bounced"], counters["final"]) == (0, 0)
    asked_for, owner = net.agent_counters()
    assert sum(asked_for.values()) == 0
    assert (owner["take_final"], owner["bounce"]) == (0, 0)


def test_a_client_cannot_choose_its_server_by_the_papers_mark(raw):
    net, client = raw(servers=2, **PAPERS_MODE)
    net.move(*net.servers)
    flow = RawFlow(client, PORT)
    flow.send_syn(tos=ECMP_ER_TOS)
    flow.accept(flow.receive_syn_ack(), tos=ECMP_ER_TOS)
    assert flow.server(tos=ECMP_ER_TOS) == "ns2"
    assert_cleared_and_sent_to_the_second(net)


def test_a_moved_connection_is_found_whatever_the_client_marks(balanced):
    net = balanced(servers=3)
    sessions = {code_point: net.open_session() for code_point in MARK_CODE_POINTS}
    first, second, third = net.servers
    net.move(first, second)
    net.move(second, third)
    for code_point, session in sessions.items():
        session.set_tos(code_point << 2)
        assert session.server() == first.name
    assert net.counters()["mark_cleared"] >= len(sessions)


def tos_at(server, flow, sent_tos):
    """The ToS bytes of the flow's packets as the server's kernel gets them."""
    with Interface(server) as interface:
        flow.get("/who", tos=sent_tos)
        frames = interface.received()
    return {frame[IP].tos for frame in frames if TCP in frame and frame[TCP].sport == PORT}


def test_the_kernel_of_a_server_sees_no_mark(raw):
    """Neither the client's nor those that router and agents need for a moved connection."""
    net, client = raw(servers=2)
    flow = RawFlow(client, PORT)
    flow.connect()
    net.move(*net.servers)
    assert tos_at(net.servers[0], flow, FIRST_ATTEMPT_TOS) == {0}
    assert net.bounces() > 0


def test_what_is_no_mark_passes_unchanged(raw):
    net, client = raw(servers=1)
    flow = RawFlow(client, PORT)
    flow.connect()
    seen = tos_at(net.servers[0], flow, EXPEDITED_FORWARDING_ECT0_TOS)
    assert seen == {EXPEDITED_FORWARDING_ECT0_TOS}
    assert net.counters()["mark_cleared"] == 0


@pytest.mark.parametrize("options", [PAPERS_MODE, {"history": "none", "agents": False}])
def test_our_code_points_are_no_marks_where_nobody_sets_them(raw, options):
    net, client = raw(servers=1, **options)
    flow = RawFlow(client, PORT)
    flow.connect()
    assert tos_at(net.servers[0], flow, FIRST_ATTEMPT_TOS) == {FIRST_ATTEMPT_TOS}
    assert net.counters()["mark_cleared"] == 0


def send_from_strange_mac(server, tos):
    """As a server would whose MAC address the router does not know."""
    packet = IP(src=ADDRESS, dst=SERVICE, tos=tos) / TCP(sport=PORT, dport=80, flags="A")
    with Interface(server) as interface:
        interface.send(Ether(src="02:00:00:00:be:ef", dst=ROUTER_MAC) / packet)


def test_a_strangers_mark_is_dropped_where_only_servers_are(balanced):
    net = balanced(servers=2, backend_ports=["veth101", "veth102"])
    downloads = transfers.half_downloads(net)
    net.move(*net.servers)
    send_from_strange_mac(net.servers[1], FIRST_ATTEMPT_TOS)
    processes.wait_until(lambda: net.counters()["drop_foreign_mark"] == 1, "the drop")
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0
    counters = net.counters()
    assert (counters["drop_foreign_mark"], counters["mark_cleared"]) == (1, 0)
