# SPDX-License-Identifier: Apache-2.0
"""The router's ports come, go and change while it runs."""

import time
from dataclasses import replace

import cables
import processes
import pytest
import topology
import transfers
from conftest import SETTLE_LONG_MS
from frames import Interface
from scapy.layers.inet import TCP
from topology import SERVER_GATEWAY

OTHER_NAME = "uplink"
OTHER_MAC = "02:00:00:00:00:02"
SMALL_MTU_BYTES = 1280
FRAME_TIMEOUT_S = 5.0
TRIED_OFTEN_S = 6.0  # the router tries again each second, also past the grace of its start
TRIED_AGAIN_S = 5.0  # long before it would look at the network anyway


@pytest.fixture(params=["static", "learned"])
def net(balanced, request):
    """Two servers, whose neighbours are told to the router or learned by it."""
    learn = request.param == "learned"
    return balanced(servers=2, active=2, learn=learn, settle_ms=SETTLE_LONG_MS)


def attached(net):
    return {link["interface"]: link["mode"] for link in net.router.status()["links"]}


def wait_attached(net, *ports, timeout_s=10.0):
    wanted = dict.fromkeys(ports, "native")
    processes.wait_until(lambda: attached(net) == wanted, f"XDP on {', '.join(ports)}", timeout_s)


def reached_by_new_connections(net):
    return {session.server() for session in net.open_sessions(16)}


def test_a_port_of_a_server_goes_and_comes_back(net):
    first, second = net.servers
    downloads = transfers.half_downloads(net)
    cables.unplug(net.lab, second)
    wait_attached(net, "veth100", "veth101")
    cables.plug_in(net.lab, second)
    wait_attached(net, "veth100", "veth101", "veth102")
    net.agents[1].restart()
    net.wait_eligible(first, second)
    transfers.assert_none_lost(transfers.finish(downloads))
    assert reached_by_new_connections(net) == {"ns1", "ns2"}


def test_the_port_of_the_clients_goes_and_comes_back(net):
    downloads = transfers.half_downloads(net)
    cables.unplug(net.lab, net.lab.client)
    wait_attached(net, "veth101", "veth102")
    cables.plug_in(net.lab, net.lab.client)
    wait_attached(net, "veth100", "veth101", "veth102")
    transfers.assert_none_lost(transfers.finish(downloads))
    assert reached_by_new_connections(net) == {"ns1", "ns2"}


def test_ports_that_are_replaced_together_are_all_followed(net):
    lab = net.lab
    lab.router_namespace.ip(*[f"link delete {server.router_interface}" for server in net.servers])
    for server in net.servers:
        cables.plug_in(lab, server)
    wait_attached(net, "veth100", "veth101", "veth102")
    for agent in net.agents:
        agent.restart()
    net.wait_eligible(*net.servers)
    assert reached_by_new_connections(net) == {"ns1", "ns2"}
    assert " error " not in net.router.process.said()
    assert "generic XDP" not in net.router.process.said()


def test_a_port_that_somebody_else_has_is_had_when_it_is_free(net):
    lab, server = net.lab, net.servers[1]
    router = lab.router_namespace
    cables.unplug(lab, server)
    wait_attached(net, "veth100", "veth101")
    topology.connect(router, replace(server, router_interface=OTHER_NAME))
    place = replace(server, name="somebody", namespace=router, interface=OTHER_NAME)
    somebody = lab.start_agent(place, "--detach-on-exit")
    router.ip(f"link set {OTHER_NAME} name {server.router_interface}")
    problem = "veth102 has an XDP program already"
    net.router.process.wait_for_line(problem)
    time.sleep(TRIED_OFTEN_S)
    assert net.router.process.said().count(problem) == 1
    assert attached(net) == dict.fromkeys(("veth100", "veth101"), "native")
    assert somebody.stop() == 0
    wait_attached(net, "veth100", "veth101", "veth102", timeout_s=TRIED_AGAIN_S)


def test_a_server_whose_port_is_gone_gets_no_connections(net):
    _, gone = net.servers
    cables.unplug(net.lab, gone)
    net.wait_eligible(net.servers[0])
    assert net.backends()[gone.address]["reason"]
    assert reached_by_new_connections(net) == {"ns1"}


def test_a_port_that_was_made_again_bounces_and_forwards(balanced):
    """Connections that were moved before the port went are still found behind it."""
    net = balanced(servers=2, settle_ms=SETTLE_LONG_MS)
    downloads = transfers.half_downloads(net)
    net.move(*net.servers)
    cables.unplug(net.lab, net.servers[0])
    cables.plug_in(net.lab, net.servers[0])
    net.agents[0].restart()
    wait_attached(net, "veth100", "veth101", "veth102")
    transfers.assert_none_lost(transfers.finish(downloads))
    assert net.bounces() > 0


def test_a_renamed_port_goes_on(net):
    """It is the same interface: the kernel keeps the program, and the router the port."""
    downloads = transfers.half_downloads(net)
    router = net.lab.router_namespace
    router.ip(f"link set veth101 name {OTHER_NAME}")
    transfers.assert_none_lost(transfers.finish(downloads))
    assert reached_by_new_connections(net) == {"ns1", "ns2"}
    net.wait_eligible(*net.servers)
    router.ip(f"link set {OTHER_NAME} name veth101")
    assert reached_by_new_connections(net) == {"ns1", "ns2"}


def test_a_port_with_another_mtu_goes_on(net):
    """One of a server, which then sends smaller packets."""
    server = net.servers[0]
    downloads = transfers.half_downloads(net)
    net.lab.router_namespace.ip(f"link set {server.router_interface} mtu {SMALL_MTU_BYTES}")
    server.namespace.ip(f"link set {server.interface} mtu {SMALL_MTU_BYTES}")
    transfers.assert_none_lost(transfers.finish(downloads))
    transfers.assert_none_lost(net.lab.upload(16, 8, transfers.UPLOAD_BYTES).result())
    assert set(attached(net)) == {"veth100", "veth101", "veth102"}


def test_packets_leave_with_the_mac_that_the_port_has_now(net):
    server = net.servers[0]
    sessions = net.open_sessions_at(server)
    net.lab.router_namespace.ip(f"link set {server.router_interface} address {OTHER_MAC}")
    gateway = f"{SERVER_GATEWAY} lladdr {OTHER_MAC} dev {server.interface}"
    server.namespace.ip(f"neighbour replace {gateway} nud permanent")
    net.wait_eligible(*net.servers)

    def leaves_with_it():
        with Interface(server) as seen:
            assert sessions["ns1"][0].server() == "ns1"
            frame = seen.receive(lambda one: TCP in one and one[TCP].dport == 80, FRAME_TIMEOUT_S)
            return frame.src == OTHER_MAC

    processes.wait_until(leaves_with_it, "the port's new MAC as source")
    assert reached_by_new_connections(net) == {"ns1", "ns2"}


def test_a_port_that_is_missing_at_the_start_appears_later(make_lab, ricochet_binary):
    lab = make_lab(servers=2, rate_mbit=0, binary=ricochet_binary)
    first, late = lab.servers
    cables.unplug(lab, late)
    topology.forget_hosts(lab.router_namespace, [lab.client, first])
    lab.start_agent(first)
    router = lab.start_router(neighbours=False, learn_neighbours="true")
    router.process.wait_for_line(r"veth102 \(absent\)")
    router.add(*lab.servers)
    router.install()
    processes.wait_until(lambda: live(router) == {first.address}, "the server that is there")
    transfers.assert_none_lost(lab.download(requests=8, at_once=4).result())
    cables.plug_in(lab, late)
    lab.start_agent(late)
    everybody = {server.address for server in lab.servers}
    processes.wait_until(lambda: live(router) == everybody, "the server that came late", 30.0)
    transfers.assert_none_lost(lab.download(requests=40, at_once=10).result())
    assert all(backend["packets"] > 0 for backend in router.status()["backends"])


def live(router):
    """Addresses of the backends that packets are sent to."""
    return {backend["address"] for backend in router.status()["backends"] if backend["live"]}
