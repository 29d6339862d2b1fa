#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Demo 3: downloads while servers flap, change their weights and are replaced, ever faster."""

import itertools
import time
from dataclasses import dataclass

import webserver
from lab import Lab
from variants import Variant, bounced_share

AT_ONCE = 48
# Of all links of the servers together: however many they are, a download takes DOWNLOAD_S at least,
# and so lives through several changes.
CAPACITY_MBIT = 140
DOWNLOAD_S = AT_ONCE * webserver.LARGE_BYTES * 8 / 1e6 / CAPACITY_MBIT
DURATION_S_MIN = 2 * DOWNLOAD_S
CHANGES_MIN = 2
WEIGHT = 4  # of a server that is not given the usual 1

KINDS = ("ecmp", "ecmp-er", "history", "history+pins")
INTERVALS_S = (3.0, 1.0, 0.3)
FULL_INTERVALS_S = (10.0, 3.0, 1.0, 0.3, 0.1)
FLAP, TWO_FLAPS, WEIGHTS, ROLLING = "flap", "two-flaps", "weights", "rolling"
# Scenario, servers, seconds between two changes, kinds of variants. Maglev alone heeds weights.
OTHERS = (
    (TWO_FLAPS, 4, 1.0, ("ecmp-er", "history+pins")),
    (WEIGHTS, 4, 1.0, ("history+pins",)),
    (ROLLING, 12, 0.5, ("history+pins",)),
)
FULL_OTHERS = (
    (TWO_FLAPS, 4, 1.0, KINDS),
    (TWO_FLAPS, 12, 1.0, KINDS),
    (WEIGHTS, 4, 1.0, KINDS),
    (WEIGHTS, 12, 1.0, KINDS),
    (ROLLING, 12, 0.5, KINDS),
)


@dataclass(frozen=True)
class Case:
    """What is run: a variant on so many servers, with a change every interval_s."""

    variant: Variant
    servers: int
    interval_s: float
    scenario: str = FLAP

    @property
    def name(self):
        scenario = "" if self.scenario == FLAP else f"/{self.scenario}"
        return f"{self.variant.name}/{self.servers}@{self.interval_s:g}s{scenario}"

    @property
    def requests(self):
        """So many that the changes of the scenario are made meanwhile."""
        changes = self.servers if self.scenario == ROLLING else CHANGES_MIN
        duration_s = max(DURATION_S_MIN, changes * self.interval_s)
        return AT_ONCE * round(duration_s / DOWNLOAD_S)


@dataclass(frozen=True)
class Step:
    """One generation."""

    remove: tuple = ()
    add: tuple = ()  # also changes the weight of one that is there
    weight: int = 1


def steps(scenario, servers):
    """Those of a scenario; then it begins again, and is where it was at the start."""
    *_, first, second = servers
    if scenario == FLAP:
        return [Step(remove=(second,)), Step(add=(second,))]
    if scenario == TWO_FLAPS:  # out of phase: a quarter of their period
        return [
            *[Step(remove=(first,)), Step(remove=(second,))],
            *[Step(add=(first,)), Step(add=(second,))],
        ]
    if scenario == WEIGHTS:
        return [
            *[Step(add=(first,), weight=WEIGHT), Step(add=(second,), weight=WEIGHT)],
            *[Step(add=(first,)), Step(add=(second,))],
        ]
    return [  # ROLLING: each is away for one interval; the first step adds one that is there
        Step(remove=(leaving,), add=(coming,))
        for leaving, coming in zip(servers, [servers[-1], *servers])
    ]


@dataclass
class Run:
    case: Case
    changes: int
    completed: int
    connections_lost: int
    bounced_share: float

    @property
    def requests(self):
        return self.case.requests

    @property
    def failure_rate(self):
        return self.connections_lost / self.requests

    @property
    def verified_bytes(self):
        """Whose hash was right."""
        return self.completed * webserver.LARGE_BYTES

    @property
    def ok(self):
        return self.case.variant.may_lose or self.connections_lost == 0


def cases(full=False, interval_s=None):
    """In the order in which they are run; interval_s: instead of all others."""
    intervals = FULL_INTERVALS_S if full else INTERVALS_S
    flaps = [
        Case(Variant(kind, placement), servers, each_s)
        for placement in (("modulo", "maglev") if full else ("maglev",))
        for servers in ((4, 12) if full else (4,))
        for each_s in ([interval_s] if interval_s else intervals)
        for kind in KINDS
    ]
    others = FULL_OTHERS if full else OTHERS
    return flaps + [
        Case(Variant(kind, "maglev"), servers, interval_s or usual_s, scenario)
        for scenario, servers, usual_s, kinds in others
        for kind in kinds
    ]


def run_one(case, binary, on_progress):
    """on_progress(elapsed_s, what, completed, lost) after each change. In a lab of its own: sockets
    that an earlier run left would disturb."""
    rate_mbit = CAPACITY_MBIT / case.servers
    with Lab(servers=case.servers, rate_mbit=rate_mbit, binary=binary) as lab:
        router = case.variant.start(lab)
        router.add(*lab.servers)
        router.install()
        downloads = lab.download(case.requests, AT_ONCE)
        changes = _make_changes(case, router, lab.servers, downloads, on_progress)
        result = downloads.result()
        return Run(
            case,
            changes,
            result["completed"],
            result["connections_lost"],
            bounced_share(router.status()),
        )


def _make_changes(case, router, servers, downloads, on_progress):
    """One every interval until the downloads end; returns how many."""
    started = time.monotonic()
    due_s = case.interval_s
    for changes, step in enumerate(itertools.cycle(steps(case.scenario, servers))):
        if downloads.process.ends_within(started + due_s - time.monotonic()):
            return changes
        router.remove(*step.remove)
        router.add(*step.add, query=f"?weight={step.weight}")
        router.install()
        elapsed_s = time.monotonic() - started
        on_progress(elapsed_s, f"{changes + 1} changes", *downloads.counts())
        due_s = max(due_s + case.interval_s, elapsed_s)  # what took too long is not made up for
