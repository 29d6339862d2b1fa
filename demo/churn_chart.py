#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The picture of demo 3: failure rate and bounced share over the interval between changes."""

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker  # noqa: E402  (the backend has to be chosen first)

# Colour, line and size of the dots. Those drawn first are larger: lines may lie on each other.
STYLES = {
    "ecmp": ("#c0232c", "-", 8),
    "ecmp-er": ("#d98e04", "-", 11),
    "history": ("#1b6ca8", "-", 8),
    "history+pins": ("#2e8b57", "--", 5),
}
LABELS = {
    "ecmp": "no agent (ecmp)",
    "ecmp-er": "two whole tables (ecmp-er)",
    "history": "four owners (history)",
    "history+pins": "four owners and pins (history+pins)",
}
TEXT_COLOUR = "#333333"
FAINT_COLOUR = "#e2e2e2"
COLUMN_INCHES, LEGEND_INCHES, HEIGHT_INCHES = 3.4, 3.2, 5.2
HEADROOM = 1.12


def draw(runs, files):
    """runs: of churn, a column for each placement and number of servers; the file names choose the
    format."""
    pyplot.rcParams.update({"svg.fonttype": "none", "font.size": 9, "font.family": "sans-serif"})
    columns = _by(runs, lambda run: (run.case.variant.placement, run.case.servers))
    figure, axes = pyplot.subplots(
        *[2, len(columns)],
        sharex=True,
        sharey="row",
        squeeze=False,
        figsize=(LEGEND_INCHES + COLUMN_INCHES * len(columns), HEIGHT_INCHES),
        layout="constrained",
    )
    for (lost, bounced), ((placement, servers), column) in zip(axes.T, columns.items()):
        lost.set_title(f"{placement}, {servers} servers", fontsize=10, color=TEXT_COLOUR)
        _draw_panel(lost, column, lambda run: run.failure_rate)
        _draw_panel(bounced, column, lambda run: run.bounced_share)
        bounced.set_xlabel("seconds between two changes", color=TEXT_COLOUR)
    axes[0, 0].set_ylabel("connections lost", color=TEXT_COLOUR)
    axes[1, 0].set_ylabel("packets bounced", color=TEXT_COLOUR)
    axes[0, -1].legend(loc="upper left", bbox_to_anchor=(1.03, 1), frameon=False)
    figure.suptitle("One server flaps under downloads", fontsize=11, color=TEXT_COLOUR)
    for file in files:
        figure.savefig(file, dpi=130)
    pyplot.close(figure)


def _draw_panel(panel, runs, share_of):
    for kind, of_kind in _by(runs, lambda run: run.case.variant.kind).items():
        colour, line, size = STYLES[kind]
        panel.plot(
            [run.case.interval_s for run in of_kind],
            [share_of(run) for run in of_kind],
            *[line + "o"],
            color=colour,
            markersize=size,
            label=LABELS[kind],
            clip_on=False,
        )
    intervals = sorted({run.case.interval_s for run in runs})
    panel.set_xscale("log")
    panel.set_xticks(intervals, [f"{interval:g}" for interval in intervals])
    panel.xaxis.set_minor_locator(ticker.NullLocator())
    panel.set_ylim(0, max(panel.get_ylim()[1], max(map(share_of, runs)) * HEADROOM))
    panel.yaxis.set_major_formatter(ticker.PercentFormatter(xmax=1))
    panel.grid(color=FAINT_COLOUR, linewidth=0.7)
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(colors=TEXT_COLOUR)


def _by(runs, key):
    """key -> its runs, in the order in which they came."""
    groups = {}
    for run in runs:
        groups.setdefault(key(run), []).append(run)
    return groups
