# SPDX-License-Identifier: Apache-2.0
"""The demos end as they promise: files, JSON and exit code."""

import json
import signal
import subprocess
import sys

import pytest

import apache_bench
import churn
import demo
import lab
import load
import processes
import report
from conftest import DEMO
from load import Run
from test_lab import traces_of
from variants import Variant
from webserver import LARGE_BYTES

KEYS = {"name", "requests", "failed", "connections_lost", "bounced_share"}
CHURN_KEYS = {"changes", "verified_bytes"}


@pytest.fixture
def run_demo(monkeypatch, tmp_path, ricochet_binary):
    """Runs the demo in this process; returns its exit code and the demos of its JSON."""

    def run(*arguments):
        result = tmp_path / "result.json"
        words = ["--ricochet", ricochet_binary, "--json", result, "--output", tmp_path / "output"]
        monkeypatch.setattr(sys, "argv", ["demo", *map(str, words), *arguments])
        return demo.main(), json.loads(result.read_text())["demos"]

    return run


def test_packet_walk(run_demo, tmp_path):
    code, [walk] = run_demo("--only", "packet-walk")
    assert (code, walk["id"], walk["ok"]) == (0, "packet-walk", True)
    lost = {variant["name"]: variant["connections_lost"] for variant in walk["variants"]}
    assert lost == {"ecmp/modulo": 1, "ecmp-er/modulo": 0, "ecmp/maglev": 1, "history/maglev": 0}
    bounced = {variant["name"]: variant["bounced_share"] > 0 for variant in walk["variants"]}
    assert bounced == {name: not count for name, count in lost.items()}
    assert all(set(variant) == KEYS for variant in walk["variants"])
    assert len(list((tmp_path / "output").glob("*.pcapng"))) == len(lost)


def test_apache_bench(run_demo, tmp_path, monkeypatch):
    monkeypatch.setattr(apache_bench, "REQUESTS", 24)
    monkeypatch.setattr(load, "AB_TIMEOUT_S", 2)
    code, [bench] = run_demo("--only", "apache-bench", "--interval-s", "0.5")
    assert (code, bench["id"], bench["ok"]) == (0, "apache-bench", True)
    by_name = {variant["name"]: variant for variant in bench["variants"]}
    assert list(by_name) == [variant.name for variant in apache_bench.VARIANTS]
    assert by_name["history/maglev"]["connections_lost"] == 0
    assert by_name["history/maglev"]["bounced_share"] > 0
    assert by_name["ecmp/maglev"]["connections_lost"] > 0
    assert all(set(variant) == KEYS for variant in bench["variants"])
    files = {file.name for file in (tmp_path / "output").iterdir()}
    assert files == {"apache-bench.svg", "apache-bench.png"}


def test_churn(run_demo, tmp_path, monkeypatch):
    monkeypatch.setattr(churn, "AT_ONCE", 24)
    monkeypatch.setattr(churn, "KINDS", ("ecmp", "history+pins"))
    monkeypatch.setattr(churn, "OTHERS", ((churn.ROLLING, 4, 1.0, ("history",)),))
    code, [result] = run_demo("--only", "churn", "--interval-s", "0.3")
    assert (code, result["id"], result["ok"]) == (0, "churn", True)
    by_name = {variant["name"]: variant for variant in result["variants"]}
    steady = ["history+pins/maglev/4@0.3s", "history/maglev/4@0.3s/rolling"]
    assert list(by_name) == ["ecmp/maglev/4@0.3s", *steady]
    for name in steady:
        assert by_name[name]["connections_lost"] == 0
        assert by_name[name]["bounced_share"] > 0
        assert by_name[name]["verified_bytes"] == by_name[name]["requests"] * LARGE_BYTES
    assert all(set(variant) == KEYS | CHURN_KEYS for variant in result["variants"])
    files = {file.name for file in (tmp_path / "output").iterdir()}
    assert files == {"churn.svg", "churn.png"}


def test_an_interrupted_demo_leaves_nothing(ricochet_binary, tmp_path):
    command = [sys.executable, DEMO / "demo.py", "--only", "apache-bench"]
    command += ["--ricochet", ricochet_binary, "--output", tmp_path]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    labs = []

    def lab_is_in_use():
        for record in lab.LABS_DIRECTORY.glob("*/lab.json"):
            if f'"owner_pid": {process.pid},' in record.read_text():
                labs.append(record.parent.name)
                return list(record.parent.glob("*.events"))

    processes.wait_until(lab_is_in_use, "the demo to download", 60)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert b"SIGINT" in said
    assert traces_of(labs[0]) == []


@pytest.mark.parametrize("kind, ok", [("history", False), ("ecmp-er", True), ("ecmp", True)])
def test_only_a_loss_with_history_is_a_failure(kind, ok):
    lossy = Run(requests=10, interval_s=1, connections_lost=1, ab_failed=3)
    row = apache_bench.Row(Variant(kind, "maglev"), [lossy])
    assert report.bench_json([row])["ok"] is ok


def test_an_aborted_ab_has_no_count():
    runs = [Run(requests=10, interval_s=1, ab_failed=count) for count in (2, None)]
    row = apache_bench.Row(Variant("ecmp", "maglev"), runs)
    assert report.bench_json([row])["variants"][0]["failed"] is None
    assert report.bench_rows([row])[1][2] == "aborted"
