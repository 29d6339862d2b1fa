#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the demos compare: ricochet with and without agents, in the modes it can run in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """kind: `ecmp` without agents, `ecmp-er` the paper's two whole tables and its mark,
    `history` the four distinct owners of ricochet."""

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
        return self.kind != "history"

    @property
    def router_options(self):
        history = {"ecmp": "none", "ecmp-er": "two-tables", "history": "distinct"}[self.kind]
        return {"placement": self.placement, "history": history, "mark": self.mark}

    @property
    def mark(self):
        return "ecmp-er" if self.kind == "ecmp-er" else "dscp"

    def start(self, lab, **options):
        """Starts the agents and the router in the lab; returns the router."""
        if self.has_agents:
            lab.start_agents(mark=self.mark)
        return lab.start_router(**self.router_options, **options)


def bounced_share(status):
    """Bounces for each packet that came from the clients, from the status of a router."""
    bounced = status["counters"]["bounced"] + status["counters"]["final"]
    sent = sum(backend["packets"] for backend in status["backends"])
    return bounced / (sent - bounced) if sent > bounced else 0.0
