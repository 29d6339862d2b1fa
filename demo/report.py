#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the demos print for people, and their JSON."""

import sys

WALK_HEADER = ["variant", "agents", "what the client got", ""]
BENCH_HEADER = [
    *["variant", "requests", "failed (ab)", "connections lost (ours)", "requests/s"],
    "bounced share",
]
CHURN_HEADER = [
    *["run", "changes", "connections", "lost", "failure rate", "bounced share"],
    "verified MiB",
]


class Progress:
    """One line that is rewritten on a terminal; elsewhere a line now and then."""

    QUIET_S = 4.0

    def __init__(self, name):
        self._name = name
        self._terminal = sys.stdout.isatty()
        self._printed_at_s = -self.QUIET_S

    def update(self, elapsed_s, what, completed, lost):
        text = (
            f"  {self._name:<36} {elapsed_s:4.0f} s   {completed:3d} downloads,"
            f" {lost} lost   {what}"
        )
        if self._terminal:
            print(f"\r{text:<96}", end="", flush=True)
        elif elapsed_s - self._printed_at_s >= self.QUIET_S:
            print(text, flush=True)
            self._printed_at_s = elapsed_s

    def end(self):
        if self._terminal:
            print()


def print_walk(walk, hosts):
    """hosts: those at the router's ports, in order."""
    outcome = "200 OK" if walk.answered else "connection reset" if walk.was_reset else "no reply"
    agents = "with agents" if walk.variant.has_agents else "without agents"
    print(f"\n{walk.variant.name}, {agents}: {outcome}")
    for (port, steps), host in zip(walk.ports.items(), hosts):
        print(f"  router port {port}, to {host}")
        for step in steps:
            print(f"    {_walk_line(step)}")


def _walk_line(step):
    segment = step.segment
    ends = (
        f"{segment.source}:{segment.source_port} > "
        f"{segment.destination}:{segment.destination_port}"
    )
    text = segment.payload.split(b"\n")[0].strip().decode(errors="replace")
    return (
        f"{step.time_s * 1000:7.1f} ms  {step.direction:<3}  {ends:<31}  {segment.flags:<3}"
        f"  {segment.ip_bytes:4d} bytes  ToS 0x{segment.tos:02x}  {step.verdict:<9}"
        f"  {text}".rstrip()
    )


def walk_rows(walks):
    rows = [WALK_HEADER]
    for walk in walks:
        got = "200 OK" if walk.answered else "reset" if walk.was_reset else "no reply"
        expected = "as expected" if walk.as_expected else "NOT as expected"
        rows.append([walk.variant.name, "yes" if walk.variant.has_agents else "no", got, expected])
    return rows


def bench_rows(rows):
    table = [BENCH_HEADER]
    for row in rows:
        failed = "aborted" if row.failed is None else str(row.failed)
        table.append(
            [
                *[row.variant.name, str(row.requests), failed, str(row.connections_lost)],
                *[f"{row.requests_per_s:.1f}", _share(row.bounced_share, row.variant)],
            ]
        )
    return table


def churn_rows(runs):
    return [CHURN_HEADER] + [
        [
            *[run.case.name, str(run.changes), str(run.requests), str(run.connections_lost)],
            f"{run.failure_rate:.1%}",
            _share(run.bounced_share, run.case.variant),
            f"{run.verified_bytes / 2**20:.0f}",
        ]
        for run in runs
    ]


def _share(share, variant):
    return f"{share:.2%}" if variant.has_agents else "-"


def print_table(title, rows, numbers_from=1):
    """The first columns are text, those from `numbers_from` on numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"\n{title}")
    for index, row in enumerate(rows):
        cells = [
            f"{cell:>{width}}" if column >= numbers_from else f"{cell:<{width}}"
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        print("  " + "   ".join(cells).rstrip())
        if index == 0:
            print("  " + "   ".join("-" * width for width in widths))


def walks_json(walks):
    return {
        "id": "packet-walk",
        "ok": all(walk.as_expected for walk in walks),
        "variants": [
            _variant_json(
                walk.variant.name, 1, int(not walk.answered), int(not walk.answered), walk
            )
            for walk in walks
        ],
    }


def bench_json(rows):
    return {
        "id": "apache-bench",
        "ok": all(row.ok for row in rows),
        "variants": [
            _variant_json(row.variant.name, row.requests, row.failed, row.connections_lost, row)
            for row in rows
        ],
    }


def churn_json(runs):
    return {
        "id": "churn",
        "ok": all(run.ok for run in runs),
        "variants": [
            _variant_json(
                run.case.name, run.requests, run.connections_lost, run.connections_lost, run
            )
            | {"changes": run.changes, "verified_bytes": run.verified_bytes}
            for run in runs
        ],
    }


def _variant_json(name, requests, failed, connections_lost, measured):
    return {
        "name": name,
        "requests": requests,
        "failed": failed,
        "connections_lost": connections_lost,
        "bounced_share": round(measured.bounced_share, 6),
    }
