# SPDX-License-Identifier: Apache-2.0
"""An interface whose driver has no XDP: a bridge as the router's port to the client."""

import pytest
import transfers
from topology import CLIENT_GATEWAY, ROUTER_MAC

BRIDGE = "br100"


def put_bridge_over(lab):
    """The router's port to the client becomes a port of a bridge that takes over its address."""
    client = lab.client
    port = client.router_interface
    lab.router_namespace.ip(
        f"link add {BRIDGE} address {ROUTER_MAC} type bridge",
        f"link set {port} master {BRIDGE}",
        f"address delete {CLIENT_GATEWAY}/24 dev {port}",
        f"address add {CLIENT_GATEWAY}/24 dev {BRIDGE}",
        f"link set {BRIDGE} up",
        f"neighbour replace {client.address} lladdr {client.mac} dev {BRIDGE} nud permanent",
    )


def refuse_native(lab):
    """The servers' interfaces refuse native XDP: what a veth transmits from native XDP arrives only
    where its peer has native XDP, too, and the router's ports will not have it."""
    for server in lab.servers:
        # More queues that send than the other end has to receive.
        lab.router_namespace.run("ethtool", "-L", server.router_interface, "tx", "2")


@pytest.fixture
def lab(make_lab, ricochet_binary):
    lab = make_lab(servers=2, rate_mbit=0, binary=ricochet_binary)
    put_bridge_over(lab)
    refuse_native(lab)
    lab.start_agents()
    return lab


@pytest.fixture
def router(lab):
    return lab.start_router(ports=[BRIDGE, "veth101", "veth102"])


def test_it_warns_and_makes_all_ports_alike(router):
    """What native XDP redirects into a bridge is lost."""
    warnings = [line for line in router.process.said().splitlines() if " warn " in line]
    assert [f"no native XDP on {BRIDGE} " in line for line in warnings] == [True]
    assert {link["interface"]: link["mode"] for link in router.status()["links"]} == {
        BRIDGE: "generic",
        "veth101": "generic",
        "veth102": "generic",
    }


def test_connections_move_and_live(lab, router):
    first, second = lab.servers
    router.add(first)
    router.install()
    downloads = lab.download(transfers.COUNT, transfers.COUNT, pause_after=1 << 16)
    downloads.wait_paused()
    router.add(second)
    router.remove(first)
    router.install()
    transfers.assert_none_lost(transfers.finish(downloads))
    assert router.status()["counters"]["bounced"] > 0
