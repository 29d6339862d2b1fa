#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Demo 2: downloads while servers are added and removed, with each load balancer in turn."""

from dataclasses import dataclass, field

import load
from kernel_ecmp import GROUP_TYPES, KernelEcmp
from lab import Lab
from variants import Variant, bounced_share

REQUESTS = 360
AT_ONCE = 12
SERVERS = 4
# Two clients load the links at once; so each has about what the paper's ab alone had.
RATE_MBIT = 60
INTERVALS_S = (4.0,)
FULL_INTERVALS_S = (4.0, 2.0, 1.0)


@dataclass(frozen=True)
class Kernel:
    """Linux itself, for comparison."""

    group_type: str
    may_lose = True
    has_agents = False

    @property
    def name(self):
        return f"kernel-{self.group_type}"


VARIANTS = [
    *[Kernel(group_type) for group_type in GROUP_TYPES],
    Variant("ecmp", "maglev"),
    Variant("ecmp-er", "modulo"),
    Variant("history", "maglev"),
]
FULL_VARIANTS = [
    *[Kernel(group_type) for group_type in GROUP_TYPES],
    *[
        Variant(kind, placement)
        for kind in ("ecmp", "ecmp-er", "history")
        for placement in ("modulo", "maglev")
    ],
]


@dataclass
class Row:
    """A variant and its runs, one for each interval."""

    variant: Variant | Kernel
    runs: list = field(default_factory=list)

    @property
    def requests(self):
        return sum(run.requests for run in self.runs)

    @property
    def failed(self):
        """By ab's count; None if it aborted in any run."""
        counts = [run.ab_failed for run in self.runs]
        return None if None in counts else sum(counts)

    @property
    def connections_lost(self):
        return sum(run.connections_lost for run in self.runs)

    @property
    def requests_per_s(self):
        return sum(run.requests_per_s for run in self.runs) / len(self.runs)

    @property
    def bounced_share(self):
        return sum(run.bounced_share for run in self.runs) / len(self.runs)

    @property
    def ok(self):
        return self.variant.may_lose or self.connections_lost == 0


def run_one(variant, interval_s, binary, on_progress):
    """One run in a lab of its own: sockets that an earlier one left would disturb."""
    with Lab(servers=SERVERS, rate_mbit=RATE_MBIT, binary=binary) as lab:
        balancer = _start(variant, lab)
        balancer.add(lab.servers[0])
        balancer.install()
        run = load.run(lab, balancer, REQUESTS, AT_ONCE, interval_s, on_progress)
        if isinstance(variant, Variant):
            run.bounced_share = bounced_share(balancer.status())
        return run


def _start(variant, lab):
    if isinstance(variant, Kernel):
        return KernelEcmp(lab, variant.group_type)
    return variant.start(lab)
