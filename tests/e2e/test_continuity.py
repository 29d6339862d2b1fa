# SPDX-License-Identifier: Apache-2.0
"""No connection is lost: 200 of different length live across 40 changes of 12 servers."""

import collections
import itertools

import pytest

from hashing_server import DOWNLOAD, UPLOAD
from rest_api import Api
from steady_load import SteadyLoad
from topology import SERVICE

CHANGES = 40
PIN_MEMORY_MIB = 8  # as by default
LIFETIMES = (CHANGES, 20, 8, 2)  # in changes
EACH = 25  # connections of each kind
SLOTS = list(itertools.product((UPLOAD, DOWNLOAD), LIFETIMES)) * EACH
POOL = f"/v1/pools/route-{SERVICE}-32"
MERGE_PATCH = {"Content_Type": "application/merge-patch+json"}


class Operator:
    """Changes one thing after the other, by both of the router's interfaces.

    Servers 11 and 12 come, go, drain and flap, and the weight of the first one varies: a cycle in
    which no bucket has more owners than it remembers.
    """

    def __init__(self, net):
        self._net = net
        self._api = Api(net.router)
        first, *_, eleventh, twelfth = net.servers
        self._cycle = [
            lambda: net.change(remove=[eleventh]),
            lambda: self._set(twelfth, state="draining"),
            lambda: self._set(twelfth, state="active"),
            lambda: self._set(first, weight=2),
            lambda: net.change(add=[eleventh]),
            lambda: self._send("DELETE", twelfth),
            lambda: self._set(first, weight=1),
            lambda: self._send("PUT", twelfth, {}),
        ]

    def make(self, number):
        """Each call is one generation."""
        self._cycle[number % len(self._cycle)]()

    def costs(self):
        """Of all changes so far, the first servers' installation apart."""
        generations = self._api.get(f"/v1/generations?limit={CHANGES}")
        return [generation["cost"] for generation in generations]

    def _set(self, server, **values):
        self._send("PATCH", server, values, **MERGE_PATCH)

    def _send(self, method, server, body=None, **headers):
        path = f"{POOL}/backends/{server.address}"
        answer = self._api.send(method, path, body, **headers)
        assert 200 <= answer.status < 300, answer.text


@pytest.fixture
def net(balanced):
    return balanced(servers=12, active=12, pin_memory_mib=PIN_MEMORY_MIB)


def live_through_changes(net, before_change=lambda number, load: None):
    """Makes all changes under load and returns the connections.

    before_change(number of the change, load): what happens to the daemons meanwhile.
    """
    operator = Operator(net)
    with SteadyLoad(net, SLOTS) as load:
        for number in range(CHANGES):
            before_change(number, load)
            operator.make(number)
            load.pass_change()
    costs = operator.costs()
    assert [cost["owners_evicted"] for cost in costs] == [0] * CHANGES
    assert all(cost["buckets_moved"] > 0 for cost in costs)
    return load.connections


def assert_none_lost(net, connections):
    """And that connections of each kind did live through as many changes as they should."""
    assert [connection.loss for connection in connections if connection.loss] == []
    assert net.bounces() > 0
    lived = collections.Counter((one.direction, one.changes) for one in connections)
    assert min(lived[kind] for kind in SLOTS) >= EACH


def test_servers_change(net):
    assert_none_lost(net, live_through_changes(net))


def test_the_router_is_killed_twice(net):
    def kill(number, load):
        if number in (CHANGES // 4, CHANGES // 2):
            net.router.kill()
            load.wait_moving()
            net.router.start()

    assert_none_lost(net, live_through_changes(net, kill))


def test_all_agents_are_restarted(net):
    def restart(number, load):
        if number < len(net.agents):
            agent = net.agents[number]
            agent.kill() if number % 2 else agent.stop()
            load.wait_moving()
            agent.start()

    assert_none_lost(net, live_through_changes(net, restart))
