#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One run of demo 2: ab and our own client at the same time, while servers come and go."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import processes
from topology import SERVICE
from webserver import LARGE_FILE

SAMPLE_INTERVAL_S = 0.25
AB_TIMEOUT_S = 10  # after resets ab may wait for nothing, and aborts when this has passed
RUN_LIMIT_S = 300.0


@dataclass
class Change:
    at_s: float
    text: str  # "+ns2"


@dataclass
class Run:
    """Times are seconds since the start."""

    requests: int
    interval_s: float
    duration_s: float = 0.0
    connections_lost: int = 0  # ours
    completed: int = 0  # ours
    completed_in_s: float = 0.0  # ours, without the wait for a time-out
    lost_at_s: list = field(default_factory=list)
    ab_failed: int | None = None  # None: ab aborted
    bounced_share: float = 0.0
    changes: list = field(default_factory=list)
    sample_times_s: list = field(default_factory=list)
    throughput_mbit: dict = field(default_factory=dict)  # server -> a figure for each time

    @property
    def requests_per_s(self):
        return self.completed / self.completed_in_s if self.completed_in_s else 0.0


def run(lab, balancer, requests, at_once, interval_s, on_progress):
    """`balancer` serves with the first server alone; the others come and go every interval_s
    until both clients are done. on_progress(elapsed_s, what, completed, lost) at each sample."""
    result = Run(requests, interval_s)
    schedule = _Schedule(balancer, lab.servers, interval_s)
    meter = _Meter(lab)
    started = time.monotonic()
    ab = lab.start(
        *[lab.client, "ab"],
        *["ab", "-r", "-s", AB_TIMEOUT_S, "-n", requests, "-c", at_once],
        f"http://{SERVICE}/{LARGE_FILE}",
    )
    ours = lab.download(requests, at_once)
    next_sample_s = 0.0
    while ab.running() or ours.running():
        elapsed_s = time.monotonic() - started
        if elapsed_s > RUN_LIMIT_S:
            raise processes.LabError(f"the clients still run after {RUN_LIMIT_S:g} s")
        meter.sample(elapsed_s)
        result.changes += schedule.advance(elapsed_s)
        on_progress(elapsed_s, schedule.serving(), *ours.counts())
        next_sample_s += SAMPLE_INTERVAL_S
        time.sleep(max(0.0, started + next_sample_s - time.monotonic()))
    result.duration_s = time.monotonic() - started
    result.sample_times_s, result.throughput_mbit = meter.times_s, meter.mbit
    _note_ours(result, ours.result(), started)
    result.ab_failed = _ab_failed(ab)
    return result


def _note_ours(result, ours, started):
    result.connections_lost = ours["connections_lost"]
    result.completed = ours["completed"]
    result.completed_in_s = ours["completed_in_s"]
    result.lost_at_s = [loss["at_monotonic_s"] - started for loss in ours["losses"]]


def _ab_failed(ab):
    """What ab calls failed requests, or None if it gave up."""
    match = re.search(r"^Failed requests:\s+(\d+)", ab.said(), re.MULTILINE)
    return int(match[1]) if ab.wait() == 0 and match else None


class _Schedule:
    """Servers 2, 3, 4 are added, then 4, 3, 2 removed, and again."""

    def __init__(self, balancer, servers, interval_s):
        self._balancer = balancer
        self._active = [servers[0]]
        self._interval_s = interval_s
        self._next_at_s = interval_s
        others = servers[1:]
        self._steps = [(balancer.add, "+", server) for server in others]
        self._steps += [(balancer.remove, "-", server) for server in reversed(others)]
        self._done = 0

    def serving(self):
        return f"serving: {' '.join(server.name for server in self._active)}"

    def advance(self, elapsed_s):
        """Makes the changes that are due and returns them."""
        changes = []
        while elapsed_s >= self._next_at_s:
            change, sign, server = self._steps[self._done % len(self._steps)]
            change(server)
            self._balancer.install()
            (self._active.append if sign == "+" else self._active.remove)(server)
            changes.append(Change(elapsed_s, sign + server.name))
            self._done += 1
            self._next_at_s += self._interval_s
        return changes


class _Meter:
    """What each server sends, from the counters of its interface."""

    def __init__(self, lab):
        self._files = {
            server.name: (Path(f"/proc/{lab.web[server.name].process.pid}/net/dev"), server)
            for server in lab.servers
        }
        self._last_s = None
        self._last_bytes = {}
        self.times_s = []
        self.mbit = {name: [] for name in self._files}

    def sample(self, now_s):
        sent = {name: _sent_bytes(file, host) for name, (file, host) in self._files.items()}
        if self._last_s is not None:
            elapsed_s = now_s - self._last_s
            self.times_s.append((now_s + self._last_s) / 2)
            for name, count in sent.items():
                megabits = (count - self._last_bytes[name]) * 8 / 1e6
                self.mbit[name].append(megabits / elapsed_s)
        self._last_s, self._last_bytes = now_s, sent


def _sent_bytes(file, host):
    for line in file.read_text().splitlines():
        interface, _, counters = line.strip().partition(":")
        if interface == host.interface:
            return int(counters.split()[8])
    raise processes.LabError(f"{file} does not list {host.interface}")
