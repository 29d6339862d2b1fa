#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demos of ricochet, in network namespaces of their own.

packet-walk   one connection, packet by packet, while it moves to another server
apache-bench  downloads while servers are added and removed, ricochet beside Linux's own ECMP
churn         downloads while servers flap, change weights and are replaced, ever faster
"""

import argparse
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import apache_bench
import chart
import churn
import churn_chart
import endings
import lab
import packet_walk
import processes
import report
import ricochet
from variants import Variant

PACKET_WALK, APACHE_BENCH, CHURN = "packet-walk", "apache-bench", "churn"
OUTPUT = Path(__file__).resolve().parent.parent / "demo-output"
TOOLS = {"ip": "iproute2", "tc": "iproute2", "nsenter": "util-linux", "ethtool": "ethtool"}
TOOLS |= {"nginx": "nginx", "ab": "apache2-utils"}
BENCH_NOTE = """\
  ab counts one reset up to three times, and may hang after one until it aborts: trust our
  client, which has a time-out for each connection and hashes what it received.
  Where servers change faster than a download lasts (try --interval-s 1), two tables
  (ecmp-er) lose connections too; four distinct owners (history) do not."""


def run_packet_walk(options):
    print("Demo 1, packet-walk: a connection is opened while ns1 serves alone; then ns2 is added")
    print("and its packets go there. Seen at the router's ports by `ricochet capture`; a packet")
    print("that a server sent back carries a mark in its ToS byte and goes to an older owner.")
    walks = []
    for variant in packet_walk.VARIANTS:
        file = options.output / f"packet-walk-{variant.name.replace('/', '-')}.pcapng"
        walks.append(packet_walk.walk(variant, options.binary, file))
        report.print_walk(walks[-1], ["ns99 (the client)", "ns1", "ns2"])
    return walks


def run_apache_bench(options):
    variants = apache_bench.FULL_VARIANTS if options.full else apache_bench.VARIANTS
    intervals = apache_bench.FULL_INTERVALS_S if options.full else apache_bench.INTERVALS_S
    if options.interval_s:
        intervals = (options.interval_s,)
    print(f"\nDemo 2, apache-bench: {apache_bench.REQUESTS} downloads of 1 MiB by ab, and beside")
    print("it as many by a client that checks each; servers 2, 3 and 4 are added, then removed,")
    print(f"and again, one every {' or '.join(f'{interval:g}' for interval in intervals)} s.")
    rows = [apache_bench.Row(variant) for variant in variants]
    for interval_s in intervals:
        for row in rows:
            progress = report.Progress(row.variant.name)
            run = apache_bench.run_one(row.variant, interval_s, options.binary, progress.update)
            progress.end()
            row.runs.append(run)
        stem = "apache-bench" if len(intervals) == 1 else f"apache-bench-{interval_s:g}s"
        chart.draw(
            [(row.variant.name, row.runs[-1]) for row in rows],
            apache_bench.RATE_MBIT,
            [options.output / f"{stem}.{kind}" for kind in ("svg", "png")],
        )
    return rows


def run_churn(options):
    cases = churn.cases(options.full, options.interval_s)
    print(f"\nDemo 3, churn: {churn.AT_ONCE} downloads of 1 MiB at once, each for about")
    print(f"{churn.DOWNLOAD_S:.0f} s or longer. One server is taken out and in again; or two are,")
    print("out of phase (two-flaps); or two change their weights (weights); or all are replaced,")
    print("one by one (rolling).")
    runs = []
    for case in cases:
        progress = report.Progress(case.name)
        runs.append(churn.run_one(case, options.binary, progress.update))
        progress.end()
    files = [options.output / f"churn.{kind}" for kind in ("svg", "png")]
    churn_chart.draw([run for run in runs if run.case.scenario == churn.FLAP], files)
    return runs


def print_results(walks, rows, runs, output):
    if walks:
        report.print_table("packet-walk", report.walk_rows(walks), numbers_from=99)
    if rows:
        report.print_table("apache-bench", report.bench_rows(rows))
        print(BENCH_NOTE)
    if runs:
        report.print_table("churn", report.churn_rows(runs))
    promised = [row for row in rows if not row.variant.may_lose]
    promised += [run for run in runs if not run.case.variant.may_lose]
    if promised:
        lost = sum(each.connections_lost for each in promised)
        requests = sum(each.requests for each in promised)
        print(f"\nWith four distinct owners (history): {lost} of {requests} connections lost.")
    print(f"Captures and pictures: {output}")


def keep_network(options):
    """A network to play with, that survives this program."""
    with lab.Lab(binary=options.binary) as kept:
        router = Variant("history+pins", "maglev").start(kept)
        router.add(*kept.servers)
        router.install()
        kept.keep()
    into_client = " ".join(kept.client.namespace.command())
    into_router = " ".join(kept.router_namespace.command())
    print("\nA network is left running, with history+pins/maglev and all four servers:")
    print(f"  the client:  sudo {into_client} curl http://10.0.10.0/who")
    print(f"  the router:  sudo {into_router} {router.binary} route list")
    print(f"  its packets: sudo {into_router} {router.binary} capture --state {router.state}")
    print("  remove it:   sudo ./run demo --cleanup")


def remove_leftovers():
    removed = lab.remove_leftovers()
    print(f"removed {', '.join(removed)}" if removed else "nothing was left")
    return 0


def _arguments():
    parser = argparse.ArgumentParser(
        prog="./run demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument(
        "--only", choices=(PACKET_WALK, APACHE_BENCH, CHURN), help="run one demo"
    )
    parser.add_argument(
        "--full", action="store_true", help="all placements, intervals and numbers of servers"
    )
    parser.add_argument(
        "--interval-s", type=float, metavar="S", help="between two changes of the servers"
    )
    parser.add_argument("--keep", action="store_true", help="leave a network up to play with")
    parser.add_argument("--cleanup", action="store_true", help="remove what --keep left, and end")
    parser.add_argument(
        "--output", type=Path, default=OUTPUT, metavar="DIR", help="of captures and pictures"
    )
    parser.add_argument(
        "--ricochet", dest="binary", metavar="PATH", help="(default: $RICOCHET or build/ricochet)"
    )
    return parser.parse_args()


def _check_machine(options):
    if os.geteuid() != 0:
        raise processes.LabError(
            "network namespaces and XDP programs need root: run `sudo ./run demo`"
        )
    missing = [f"{tool} (package {TOOLS[tool]})" for tool in TOOLS if not shutil.which(tool)]
    if missing:
        raise processes.LabError(f"not installed: {', '.join(missing)}")
    options.binary = ricochet.find_binary(options.binary)


def _give_to_caller(directory):
    """What root makes for somebody who used sudo is theirs."""
    user, group = int(os.environ.get("SUDO_UID", 0)), int(os.environ.get("SUDO_GID", 0))
    for path in [directory, *directory.iterdir()]:
        os.chown(path, user, group)


def run_demos(options):
    _check_machine(options)
    started = time.monotonic()
    options.output.mkdir(parents=True, exist_ok=True)
    walks = run_packet_walk(options) if options.only in (None, PACKET_WALK) else []
    rows = run_apache_bench(options) if options.only in (None, APACHE_BENCH) else []
    runs = run_churn(options) if options.only in (None, CHURN) else []
    _give_to_caller(options.output)
    demos = [report.walks_json(walks)] if walks else []
    demos += [report.bench_json(rows)] if rows else []
    demos += [report.churn_json(runs)] if runs else []
    print_results(walks, rows, runs, options.output)
    print(f"It took {time.monotonic() - started:.0f} s.")
    if options.json:
        options.json.write_text(json.dumps({"demos": demos}, indent=2) + "\n")
    if options.keep:
        keep_network(options)
    return 0 if all(demo["ok"] for demo in demos) else 1


def main():
    options = _arguments()
    endings.end_on_signals()
    try:
        return remove_leftovers() if options.cleanup else run_demos(options)
    except processes.LabError as failure:
        print(f"\ndemo: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as interruption:
        name = str(interruption) or "SIGINT"
        print(f"\ndemo: ended by {name}; everything it had made is removed", file=sys.stderr)
        return 128 + signal.Signals[name]


if __name__ == "__main__":
    sys.exit(main())
