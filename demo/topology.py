#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who is who in the demo network: names, addresses and links, as in the ECMP-ER paper.

    ns99 (client)                 router                        ns1 .. nsN (servers)
    veth99  10.0.1.99/24 ---- veth100  10.0.1.100/24
                              veth101  10.0.0.100/32 ---- veth1  10.0.0.1/24, lo 10.0.10.0/32
                              veth102  10.0.0.100/32 ---- veth2  10.0.0.2/24, lo 10.0.10.0/32
                              ...
"""

from dataclasses import dataclass

from namespace import Namespace

SERVICE = "10.0.10.0"
CLIENT_NETWORK = "10.0.1.0/24"
CLIENT_GATEWAY = "10.0.1.100"
SERVER_GATEWAY = "10.0.0.100"
ROUTER_MAC = "02:00:00:00:00:01"
SERVERS_MAX = 50
BURST_BYTES = 16 << 10
QUEUE_MS = 400  # so long that the queue itself drops nothing
CONGESTION_CONTROL = "cubic"  # the default differs from machine to machine


@dataclass(frozen=True)
class Host:
    """The client or a server. `port` is the index of the router's port that leads to it."""

    name: str  # ns99, ns1, ...
    namespace: Namespace
    address: str
    mac: str
    interface: str  # in its own namespace
    router_interface: str
    port: int


def client(prefix):
    return Host(
        name="ns99",
        namespace=Namespace(f"{prefix}-ns99"),
        address="10.0.1.99",
        mac="02:03:04:05:06:99",
        interface="veth99",
        router_interface="veth100",
        port=0,
    )


def server(prefix, number):
    return Host(
        name=f"ns{number}",
        namespace=Namespace(f"{prefix}-ns{number}"),
        address=f"10.0.0.{number}",
        mac=f"02:03:04:05:06:{number:02d}",
        interface=f"veth{number}",
        router_interface=f"veth{100 + number}",
        port=number,
    )


def prepare(namespace):
    """To be done first: new interfaces take their settings from `default`."""
    for interface in ("all", "default", "lo"):
        namespace.sysctl(f"net.ipv4.conf.{interface}.rp_filter", 0)


def connect(router, host):
    """The veth pair between the router's namespace and a host's."""
    host.namespace.ip(
        f"link add {host.interface} address {host.mac} type veth"
        f" peer name {host.router_interface} address {ROUTER_MAC} netns {router.name}"
    )
    _set_offloads(host)


def _set_offloads(host):
    # XDP redirect and transmit lose what is noted for checksum offload, so the ends compute
    # checksums themselves; without GRO (or an XDP program) veth drops what is redirected into it.
    host.namespace.run("ethtool", "-K", host.interface, "tx", "off", "gro", "on")


def configure_router(router, hosts):
    lines = []
    for host in hosts:
        port = host.router_interface
        own = f"{CLIENT_GATEWAY}/24" if host.port == 0 else f"{SERVER_GATEWAY}/32"
        lines += [
            f"address add {own} dev {port}",
            f"link set {port} up",
            f"neighbour replace {host.address} lladdr {host.mac} dev {port} nud permanent",
        ]
        if host.port > 0:
            lines.append(f"route add {host.address}/32 dev {port}")
    router.ip(*lines)
    router.sysctl("net.ipv4.ip_forward", 1)


def forget_hosts(router, hosts):
    """The router's kernel knows no neighbours: it has to ask, by ARP."""
    router.ip(*[f"neighbour delete {host.address} dev {host.router_interface}" for host in hosts])


def configure_client(host):
    configure_link(host)


def configure_server(host, rate_mbit):
    configure_link(host)
    host.namespace.ip(f"address add {SERVICE}/32 dev lo")
    host.namespace.sysctl("net.ipv4.conf.all.arp_ignore", 1)
    host.namespace.sysctl("net.ipv4.conf.all.arp_announce", 2)
    if rate_mbit:
        host.namespace.run(
            *f"tc qdisc add dev {host.interface} root tbf rate {rate_mbit}mbit"
            f" burst {BURST_BYTES} latency {QUEUE_MS}ms".split()
        )


def configure_link(host):
    """The host's end of its link. To be done again after the link was down or is another one."""
    gateway = CLIENT_GATEWAY if host.port == 0 else SERVER_GATEWAY
    host.namespace.ip(
        f"address replace {host.address}/24 dev {host.interface}",
        f"link set {host.interface} up",
        f"neighbour replace {gateway} lladdr {ROUTER_MAC} dev {host.interface} nud permanent",
        # By route, because a namespace may not choose by sysctl what the machine restricts.
        f"route replace default via {gateway} dev {host.interface} congctl {CONGESTION_CONTROL}",
    )
