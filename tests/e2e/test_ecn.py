# SPDX-License-Identifier: Apache-2.0
"""Congestion marks and L4S: the ECN bits of connections that moved arrive as they were sent."""

import pytest

REQUESTS = 8
# What is made of the client's ECT(0) on its way to the router, and who counts it on a server.
ON_THE_WAY = {"ce": "InCEPkts", "ect1": "InECT1Pkts", "ect0": "InECT0Pkts"}
RULES = """
table ip on_the_way {{
  chain out {{
    type filter hook postrouting priority 0
    ip ecn ect0 ip ecn set {codepoint}
  }}
}}
"""


def _received(server, counter):
    """Of the server's packets, by the kernel's own count."""
    names, values = [
        line.split()
        for line in server.namespace.run("cat", "/proc/net/netstat").stdout.splitlines()
        if line.startswith("IpExt:")
    ]
    return int(dict(zip(names, values))[counter])


@pytest.fixture(params=ON_THE_WAY)
def moved(balanced, request):
    """A network, a session that negotiated ECN and then moved, and the counter of its packets."""
    net = balanced(servers=2, active=1)
    for host in (net.lab.client, *net.servers):
        host.namespace.sysctl("net.ipv4.tcp_ecn", 1)
    rules = RULES.format(codepoint=request.param)
    net.lab.client.namespace.run("nft", "--file", "-", stdin=rules)
    session = net.open_session()
    assert session.server() == "ns1"
    net.move(*net.servers)
    return net, session, ON_THE_WAY[request.param]


def test_ecn_survives_a_move(moved):
    net, session, counter = moved
    server = net.servers[0]
    others = [name for name in ON_THE_WAY.values() if name != counter]
    before = {name: _received(server, name) for name in ON_THE_WAY.values()}
    assert [session.server() for _ in range(REQUESTS)] == ["ns1"] * REQUESTS
    assert net.counters()["bounced"] >= REQUESTS
    assert _received(server, counter) >= before[counter] + REQUESTS
    assert {name: _received(server, name) for name in others} == {
        name: before[name] for name in others
    }
