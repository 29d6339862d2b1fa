# SPDX-License-Identifier: Apache-2.0
"""What is to no service, sent on by the kernel's routes without the kernel (--forward-other fib)."""

import pytest
import transfers
from topology import SERVICE

PATH_MTU = 1400
TTL_TO_THE_ROUTER = 1


@pytest.fixture
def net(balanced):
    return balanced(servers=2, active=1, forward_other="fib")


def test_replies_pass_without_the_kernel(net):
    # The kernel looks for a neighbour before anything can be sent there.
    transfers.assert_none_lost(transfers.finish(transfers.half_downloads(net)))
    passed = net.counters()["pass_no_service"]
    downloads = transfers.half_downloads(net)
    net.move(*net.servers)
    transfers.assert_none_lost(transfers.finish(downloads))
    counters = net.counters()
    assert counters["pass_no_service"] == passed
    assert counters["routed"] > downloads.requests


@pytest.fixture
def narrow(net):
    """A network whose way to the client takes shorter packets than the servers send."""
    client = net.lab.client
    net.lab.router_namespace.ip(f"link set {client.router_interface} mtu {PATH_MTU}")
    return net


def test_what_is_too_long_is_the_kernels(narrow):
    words = ("ping", "-c", "1", "-W", "1", "-M", "do", "-s", PATH_MTU, narrow.lab.client.address)
    said = narrow.servers[0].namespace.run(*words, check=False).stdout
    assert f"Frag needed and DF set (mtu = {PATH_MTU})" in said
    assert narrow.counters()["pass_no_service"] > 0


def test_the_owner_of_a_connection_is_told_of_the_mtu(narrow):
    """By the kernel of the router, which needs a route to the service address: to any server."""
    second = narrow.servers[1]
    narrow.lab.router_namespace.ip(
        f"route add {SERVICE}/32 via {second.address} dev {second.router_interface} onlink"
    )
    transfers.assert_none_lost(transfers.finish(transfers.half_downloads(narrow)))
    assert narrow.agent_counters()[1]["bounce"] > 0


def test_the_kernel_tells_where_a_packet_ends(net):
    """Its TTL is used up at the router."""
    words = ("ping", "-c", "1", "-W", "1", "-t", TTL_TO_THE_ROUTER, net.servers[0].address)
    assert "Time to live exceeded" in net.client.run(*words, check=False).stdout


def test_servers_are_reached_directly(net):
    words = ("ping", "-c", "3", "-i", "0.01", "-W", "1", net.servers[0].address)
    assert "3 received" in net.client.run(*words, check=False).stdout
    assert net.counters()["routed"] >= 6
