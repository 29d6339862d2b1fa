#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What Linux itself offers, to compare with: a route to a nexthop group, hashed on ports too."""

from topology import SERVICE

GROUP = 100
RESILIENT_BUCKETS = 128
RESILIENT_IDLE_TIMER_S = 1  # a bucket may move after so long without a packet
GROUP_TYPES = {
    "hash-threshold": "",
    "resilient": f"type resilient buckets {RESILIENT_BUCKETS}"
    f" idle_timer {RESILIENT_IDLE_TIMER_S} unbalanced_timer 0",
}


class KernelEcmp:
    """add, remove and install as Router has them."""

    def __init__(self, lab, group_type):
        self._namespace = lab.router_namespace
        self._group_type = GROUP_TYPES[group_type]
        self._members = []
        self._installed = False
        self._namespace.sysctl("net.ipv4.fib_multipath_hash_policy", 1)
        self._namespace.ip(
            *[
                f"nexthop add id {server.port} via {server.address}"
                f" dev {server.router_interface} onlink"
                for server in lab.servers
            ]
        )

    def add(self, server):
        self._members.append(server.port)

    def remove(self, server):
        self._members.remove(server.port)

    def install(self):
        ids = "/".join(map(str, self._members))
        self._namespace.ip(f"nexthop replace id {GROUP} group {ids} {self._group_type}")
        if not self._installed:
            self._namespace.ip(f"route add {SERVICE}/32 nhid {GROUP}")
            self._installed = True
