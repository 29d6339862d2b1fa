#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The picture of demo 2: each server's throughput over time, a panel for each variant."""

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend has to be chosen first)

SERVER_COLOURS = ["#1b6ca8", "#4fa3d1", "#8cc6a5", "#d9c36b"]
LOST_COLOUR = "#c0232c"
TEXT_COLOUR = "#333333"
FAINT_COLOUR = "#b5b5b5"
PANEL_HEIGHT_INCHES = 1.75
WIDTH_INCHES = 10
LABEL_SHARE_MIN = 0.08  # of the panel's height: a band must be so thick to carry its name


def draw(runs, rate_mbit, files):
    """runs: (name, load.Run) pairs, drawn from top to bottom; the file names choose the format."""
    pyplot.rcParams.update({"svg.fonttype": "none", "font.size": 9, "font.family": "sans-serif"})
    figure, axes = pyplot.subplots(
        *[len(runs), 1],
        sharex=True,
        sharey=True,
        squeeze=False,
        figsize=(WIDTH_INCHES, 1.3 + PANEL_HEIGHT_INCHES * len(runs)),
        layout="constrained",
    )
    top = rate_mbit * len(runs[0][1].throughput_mbit) * 1.12
    for panel, (name, run) in zip(axes[:, 0], runs):
        _draw_panel(panel, name, run, top)
    last = axes[-1, 0]
    last.set_xlabel("seconds since the start", color=TEXT_COLOUR)
    # Without the wait for connections that hang.
    last.set_xlim(0, max(run.completed_in_s for _, run in runs))
    last.set_ylim(-0.09 * top, top)
    figure.supylabel("sent by the servers, Mbit/s", color=TEXT_COLOUR, fontsize=9)
    figure.suptitle(_title(runs[0][1], rate_mbit), fontsize=11, color=TEXT_COLOUR)
    for file in files:
        figure.savefig(file, dpi=130)
    pyplot.close(figure)


def _title(run, rate_mbit):
    return (
        f"Servers are added and removed every {run.interval_s:g} s under load\n"
        f"links of {rate_mbit:g} Mbit/s; dotted: a change; red: how many connections it cost"
    )


def _draw_panel(panel, name, run, top):
    servers = list(run.throughput_mbit)
    panel.stackplot(
        run.sample_times_s,
        [run.throughput_mbit[server] for server in servers],
        colors=[SERVER_COLOURS[i % len(SERVER_COLOURS)] for i in range(len(servers))],
        linewidth=0,
    )
    _label_bands(panel, run, servers, top)
    for change in run.changes:
        if change.at_s > run.completed_in_s:
            break
        panel.axvline(change.at_s, color=FAINT_COLOUR, linewidth=0.7, linestyle=":")
        panel.text(
            *[change.at_s, 0.985 * top, f" {change.text}"],
            fontsize=6.5,
            color="#777777",
            va="top",
        )
    for at_s, count in _losses_by_change(run):
        panel.text(
            *[at_s, -0.015 * top, str(count)],
            ha="center",
            va="top",
            fontsize=8,
            fontweight="bold",
            color=LOST_COLOUR,
        )
    lost = run.connections_lost
    panel.set_title(name, loc="left", fontsize=10, fontweight="bold", color=TEXT_COLOUR)
    panel.set_title(
        f"{lost} of {run.requests} connections lost" if lost else "no connection lost",
        loc="right",
        fontsize=10,
        color=LOST_COLOUR if lost else TEXT_COLOUR,
    )
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(colors=TEXT_COLOUR)


def _losses_by_change(run):
    """(when the first was lost, how many) between two changes each."""
    edges = [0.0, *[change.at_s for change in run.changes], float("inf")]
    groups = []
    for start, end in zip(edges, edges[1:]):
        group = [at_s for at_s in run.lost_at_s if start <= at_s < end]
        if group:
            groups.append((min(group), len(group)))
    return groups


def _label_bands(panel, run, servers, top):
    """Writes each server's name into its band, where that is thickest."""
    base = [0.0] * len(run.sample_times_s)
    for server in servers:
        band = run.throughput_mbit[server]
        # Over three samples, so that a single spike does not attract the name.
        smooth = [min(band[max(0, i - 2) : i + 3]) for i in range(len(band))]
        if smooth and max(smooth) > LABEL_SHARE_MIN * top:
            at = smooth.index(max(smooth))
            panel.text(
                *[run.sample_times_s[at], base[at] + band[at] / 2, server],
                ha="center",
                va="center",
                fontsize=8,
                color="white" if server == servers[0] else "#1a1a1a",
            )
        base = [below + value for below, value in zip(base, band)]
