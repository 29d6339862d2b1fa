#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the demos compare: ricochet with and without agents, in the modes it can run in."""

from dataclasses import dataclass


_ROUTER_OPTIONS = {
    "ecmp": {"history": "none"},
    "ecmp-er": {"history": "two-tables", "mark": "ecmp-er"},
    "history": {"history": "distinct", "pin_memory_mib": 0},
    "history+pins": {"history": "distinct"},
}
# What the router counts for packets of clients as they come, and as they come back from a server.
_FROM_CLIENTS = ("forward", "pinned")
_BOUNCED = ("bounced", "final", "restarted", "drop_settling")


@dataclass(frozen=True)
class Variant:
    """kind: `ecmp` without agents, `ecmp-er` the paper's two whole tables and its mark,
    `history` the four distinct owners of ricochet, `history+pins` these and the router's notes of
    where bounced flows ended."""

    kind: str
    placement: str

    @property
    def name(self):
        return f"{self.kind}/{self.placement}"

    @property
    def has_agents(self):
        return self.kind != "ecmp"

    @property
    def may_lose(self):
        """Only four distinct owners promise that no connection is lost."""
        return _ROUTER_OPTIONS[self.kind]["history"] != "distinct"

    def start(self, lab, **options):
        """Starts the agents and the router in the lab; returns the router."""
        of_kind = _ROUTER_OPTIONS[self.kind]
        if self.has_agents:
            lab.start_agents(mark=of_kind.get("mark"))
        return lab.start_router(placement=self.placement, **of_kind, **options)


def bounced_share(status):
    """Bounces for each packet that came from the clients, from the status of a router."""
    counters = status["counters"]
    bounced = sum(counters.get(name, 0) for name in _BOUNCED)
    from_clients = sum(counters.get(name, 0) for name in _FROM_CLIENTS)
    return bounced / from_clients if from_clients else 0.0
