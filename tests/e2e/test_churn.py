# SPDX-License-Identifier: Apache-2.0
"""What demo 3 runs, and how it judges and counts: no network needed."""

import itertools

import pytest

import churn
import report
from variants import Variant, bounced_share

SERVERS = [f"ns{number}" for number in range(1, 13)]
SCENARIOS = [churn.FLAP, churn.TWO_FLAPS, churn.WEIGHTS, churn.ROLLING]


def names(**options):
    return [case.name for case in churn.cases(**options)]


def states_of(scenario):
    """Weights by server after each step of two rounds, beginning with all servers."""
    weights = dict.fromkeys(SERVERS, 1)
    states = [dict(weights)]
    for step in churn.steps(scenario, SERVERS) * 2:
        for server in step.remove:
            del weights[server]
        weights |= dict.fromkeys(step.add, step.weight)
        states.append(dict(weights))
    return states


def test_names_say_what_is_run():
    usual = names()
    assert usual[:2] == ["ecmp/maglev/4@3s", "ecmp-er/maglev/4@3s"]
    assert "history+pins/maglev/4@0.3s" in usual
    assert "history+pins/maglev/12@0.5s/rolling" in usual


@pytest.mark.parametrize("full", [False, True])
def test_nothing_is_run_twice(full):
    assert len(set(names(full=full))) == len(names(full=full))


def test_all_is_more_than_the_usual():
    full = set(names(full=True))
    assert set(names()) < full
    combinations = itertools.product(
        ["ecmp", "ecmp-er", "history", "history+pins"],
        ["modulo", "maglev"],
        [4, 12],
        ["10", "3", "1", "0.3", "0.1"],
    )
    assert {f"{kind}/{place}/{count}@{s}s" for kind, place, count, s in combinations} < full


def test_one_interval_for_all():
    assert {case.interval_s for case in churn.cases(interval_s=0.7)} == {0.7}


def test_downloads_last_for_the_changes():
    for case in churn.cases(full=True):
        at_least_s = case.requests / churn.AT_ONCE * churn.DOWNLOAD_S
        assert at_least_s >= 1.9 * case.interval_s, case.name


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_round_ends_where_it_began(scenario):
    states = states_of(scenario)
    period = len(churn.steps(scenario, SERVERS))
    assert states[1 : period + 1] == states[period + 1 :]
    if scenario != churn.ROLLING:  # there the last one comes back with the next round
        assert states[0] == states[period]


def test_two_flaps_are_out_of_phase():
    away = [set(SERVERS) - set(state) for state in states_of(churn.TWO_FLAPS)[:4]]
    assert away == [set(), {"ns11"}, {"ns11", "ns12"}, {"ns12"}]


def test_all_servers_are_replaced_one_by_one():
    away = [set(SERVERS) - set(state) for state in states_of(churn.ROLLING)]
    assert away == [set(), *[{server} for server in SERVERS * 2]]


def a_run(kind, lost):
    case = churn.Case(Variant(kind, "maglev"), servers=4, interval_s=1)
    completed = case.requests - lost
    return churn.Run(case, 7, completed, connections_lost=lost, bounced_share=0.125)


@pytest.mark.parametrize(
    "kind, ok", [("ecmp", True), ("ecmp-er", True), ("history", False), ("history+pins", False)]
)
def test_only_a_loss_with_history_is_a_failure(kind, ok):
    assert report.churn_json([a_run(kind, lost=1)])["ok"] is ok
    assert report.churn_json([a_run(kind, lost=0)])["ok"]


def test_a_row_of_the_table():
    run = a_run("history", lost=24)
    assert run.case.requests == 96
    assert report.churn_rows([run])[1] == [
        *["history/maglev/4@1s", "7", "96", "24", "25.0%", "12.50%", "72"]
    ]
    assert report.churn_rows([a_run("ecmp", lost=0)])[1][5] == "-"


def test_the_bounced_share_is_of_the_clients_packets():
    counters = {"forward": 60, "bounced": 7, "final": 2, "drop_settling": 1, "pass_no_service": 9}
    assert bounced_share({"counters": counters}) == 10 / 60
    assert bounced_share({"counters": counters | {"pinned": 40, "restarted": 5}}) == 15 / 100
    assert bounced_share({"counters": {"forward": 0, "bounced": 0}}) == 0
