# SPDX-License-Identifier: Apache-2.0
"""What is to no service, sent on by the kernel's routes without the kernel (--forward-other fib)."""

import pytest
import transfers

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


def test_what_is_too_long_is_the_kernels(net):
    """Which tells the server so, and the download goes on in shorter packets."""
    client = net.lab.client
    net.lab.router_namespace.ip(f"link set {client.router_interface} mtu {PATH_MTU}")
    before = net.counters()["pass_no_service"]
    transfers.assert_none_lost(transfers.finish(transfers.half_downloads(net)))
    assert net.counters()["pass_no_service"] > before


def test_the_kernel_tells_where_a_packet_ends(net):
    """Its TTL is used up at the router."""
    words = ("ping", "-c", "1", "-W", "1", "-t", TTL_TO_THE_ROUTER, net.servers[0].address)
    assert "Time to live exceeded" in net.client.run(*words, check=False).stdout


def test_servers_are_reached_directly(net):
    words = ("ping", "-c", "3", "-i", "0.01", "-W", "1", net.servers[0].address)
    assert "3 received" in net.client.run(*words, check=False).stdout
    assert net.counters()["routed"] >= 6
