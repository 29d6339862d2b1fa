#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The picture of docs/scale.md: what each balancer loses and how much it bounces, a panel for each
churn, from the figures of `ricochet simulate --csv`."""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend has to be chosen first)

RICOCHET_COLOUR = "#1b6ca8"
OTHER_COLOUR = "#9aa5b1"
BOUNCE_COLOUR = "#d9822b"
TEXT_COLOUR = "#333333"
NOTHING = 1e-7  # where a bar of nothing would end: one flow in ten million
PANEL_INCHES = (5.2, 3.3)


def read(path):
    """Rows by churn, both in the order of the file."""
    churns = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            churns.setdefault(row["churn"], []).append(row)
    return churns


def draw(churns, path):
    pyplot.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": "scale", "font.size": 9, "font.family": "sans-serif"}
    )
    columns = min(2, len(churns))
    lines = -(-len(churns) // columns)
    figure, axes = pyplot.subplots(
        *[lines, columns],
        sharex=True,
        squeeze=False,
        figsize=(PANEL_INCHES[0] * columns, PANEL_INCHES[1] * lines + 0.7),
        layout="constrained",
    )
    for panel, (churn, rows) in zip(axes.flat, churns.items()):
        _draw_panel(panel, churn, rows)
    for panel in axes[-1]:
        panel.set_xlabel("share, logarithmic", color=TEXT_COLOUR)
    figure.suptitle(
        "Connections lost by the balancer (bars: Ricochet blue, others grey)\n"
        "and packets that bounced (orange dots)",
        fontsize=11,
        color=TEXT_COLOUR,
    )
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _draw_panel(panel, churn, rows):
    rows = rows[::-1]  # the first one on top
    names = [row["scheme"] for row in rows]
    lost = [float(row["lost_by_balancer_share"]) for row in rows]
    bounced = [float(row["bounced_packets_share"]) for row in rows]
    panel.barh(
        names,
        [max(0.0, share - NOTHING) for share in lost],
        left=NOTHING,
        height=0.62,
        color=[RICOCHET_COLOUR if "history" in name else OTHER_COLOUR for name in names],
    )
    seen = [(name, share) for name, share in zip(names, bounced) if share > NOTHING]
    panel.plot(
        *[[share for _, share in seen], [name for name, _ in seen]],
        marker="o",
        markersize=4.5,
        linestyle="none",
        color=BOUNCE_COLOUR,
    )
    for name, share in zip(names, lost):
        if share == 0:
            panel.text(NOTHING * 1.3, name, "none", va="center", fontsize=7.5, color=TEXT_COLOUR)
    panel.set_xscale("log")
    panel.set_xlim(NOTHING, 1)
    panel.set_title(f"{churn}, {rows[0]['changes']} changes", loc="left", fontsize=10, fontweight="bold")
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(colors=TEXT_COLOUR, labelsize=8)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: demo/scale_chart.py FIGURES.csv PICTURE.svg")
    draw(read(sys.argv[1]), sys.argv[2])


if __name__ == "__main__":
    main()
