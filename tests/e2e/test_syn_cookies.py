# SPDX-License-Identifier: Apache-2.0
"""Servers that answer every SYN with a cookie, so that they have no socket until the ACK comes.

All namespaces of a machine share the secret of the cookies: here any server accepts the cookie of
any other. tests/bpf has the case in which the cookie is another server's.
"""

import pytest
import transfers
from raw_client import RawFlow

ALWAYS = 2
PORT = 40_000


def force_cookies(net):
    for server in net.servers:
        server.namespace.sysctl("net.ipv4.tcp_syncookies", ALWAYS)


def cookies_taken(net):
    return sum(agent["take_cookie"] for agent in net.agent_counters())


@pytest.fixture
def cookies(balanced):
    net = balanced(servers=3)
    force_cookies(net)
    return net


def test_a_change_comes_between_cookie_and_ack(raw):
    net, client = raw(servers=2)
    force_cookies(net)
    flow = RawFlow(client, PORT)
    flow.send_syn()
    syn_ack = flow.receive_syn_ack()
    net.move(*net.servers)
    flow.accept(syn_ack)
    answered_by = flow.server()
    net.move(*reversed(net.servers))
    assert flow.server() == answered_by
    assert cookies_taken(net) > 0


def test_connections_made_of_cookies_move(cookies):
    downloads = transfers.half_downloads(cookies)
    assert cookies_taken(cookies) >= downloads.requests
    cookies.change(add=cookies.servers[1:])
    cookies.change(remove=cookies.servers[:1])
    transfers.assert_none_lost(transfers.finish(downloads))
    assert cookies.bounces() > 0


def test_connections_are_made_while_servers_come_and_go(cookies):
    first, *others = cookies.servers
    downloads = cookies.lab.download(requests=1500, at_once=8, file="10B.txt")
    changes = 0
    while downloads.running() or changes < 4:
        cookies.change(add=others, remove=[first])
        cookies.change(add=[first], remove=others)
        changes += 2
        assert downloads.counts()[1] == 0
    transfers.assert_none_lost(downloads.result())
    assert cookies_taken(cookies) >= downloads.requests


def test_an_ack_without_a_cookie_is_nobodys(raw):
    net, client = raw(servers=2, settle_ms=0)
    force_cookies(net)
    RawFlow(client, PORT).connect()
    assert cookies_taken(net) == 1
    stray = RawFlow(client, PORT + 1)
    stray.send("A", acknowledgement=1)
    assert stray.receive_reset().seq == 1
    assert cookies_taken(net) == 1
