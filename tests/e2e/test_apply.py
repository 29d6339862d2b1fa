# SPDX-License-Identifier: Apache-2.0
"""`ricochet apply` and `ricochet export`: the router becomes as a file says, or stays as it is."""

import json

import pytest

CONFIGURATION = """\
version: 1
pools:
  web:
    buckets: 64
    backends:
      10.0.0.1: {weight: 2}
      10.0.0.2: {}
services:
  10.0.10.0:80/tcp: {pool: web}
"""
EMPTY = "version: 1\n"


@pytest.fixture(scope="module")
def router(shared_router):
    return shared_router()


@pytest.fixture
def apply(router, tmp_path):
    """A function: applies a text; the router is empty before and afterwards."""

    def run(text, *words, check=True):
        file = tmp_path / "router.yaml"
        file.write_text(text)
        return router.command("apply", file, *words, *state(router), check=check)

    run(EMPTY)
    yield run
    run(EMPTY)


def state(router):
    return ("--state", router.state)


def ask(router, *words):
    return json.loads(router.command(*words, "--json", *state(router)).stdout)


def configuration(router):
    return [ask(router, name, "list")[f"{name}s"] for name in ("pool", "service", "neighbour")]


def generation(router):
    return ask(router, "status")["generation"]


def test_the_router_becomes_as_the_file_says_in_one_generation(router, apply):
    before = generation(router)
    said = apply(CONFIGURATION).stdout
    assert "+ pool web\n" in said
    assert f"Generation {before + 1}: " in said
    pools, services, _ = configuration(router)
    assert pools["web"]["buckets"] == 64
    assert pools["web"]["backends"]["10.0.0.1"]["weight"] == 2
    assert list(services) == ["10.0.10.0:80/tcp"]
    assert services["10.0.10.0:80/tcp"]["pool"] == "web"


def test_what_the_file_does_not_have_is_removed(router, apply):
    apply(CONFIGURATION)
    said = apply(EMPTY).stdout
    assert "- pool web\n" in said
    assert "- service 10.0.10.0:80/tcp\n" in said
    assert configuration(router)[:2] == [{}, {}]


def test_a_dry_run_changes_nothing(router, apply):
    before = configuration(router), generation(router)
    said = apply(CONFIGURATION, "--dry-run").stdout
    assert "+ pool web\n" in said
    assert "Nothing is changed" in said
    assert (configuration(router), generation(router)) == before


def test_the_same_again_makes_no_generation(router, apply):
    apply(CONFIGURATION)
    before = generation(router)
    assert apply(CONFIGURATION).stdout.startswith("Nothing to change")
    assert generation(router) == before


@pytest.mark.parametrize(
    "wrong, line",
    [
        ("buckets: 65", 4),  # no power of two
        ("buckets: many", 4),
        ("bukets: 64", 4),
    ],
)
def test_an_error_names_the_line_and_nothing_is_changed(router, apply, wrong, line):
    before = configuration(router), generation(router)
    result = apply(CONFIGURATION.replace("buckets: 64", wrong), check=False)
    assert result.returncode == 1
    assert f"router.yaml:{line}: " in result.stderr
    assert (configuration(router), generation(router)) == before


def test_all_or_nothing(router, apply):
    apply(CONFIGURATION)
    before = configuration(router), generation(router)
    # The interface is known to the router alone, so that it is the router that refuses.
    wrong = (
        CONFIGURATION.replace("weight: 2", "weight: 3")
        + "neighbours:\n  10.0.0.9: {interface: nosuch0, mac: '02:03:04:05:06:09'}\n"
    )
    result = apply(wrong, check=False)
    assert result.returncode == 1
    assert "router.yaml:11: " in result.stderr
    assert "nosuch0" in result.stderr
    assert (configuration(router), generation(router)) == before


def test_only_if_the_generation_is_the_one_expected(router, apply):
    before = generation(router)
    late = apply(CONFIGURATION, "--if-generation", str(before + 1), check=False)
    assert late.returncode == 1
    assert generation(router) == before
    apply(CONFIGURATION, "--if-generation", str(before))
    assert generation(router) == before + 1


def test_the_router_section_must_be_as_the_router_runs(router, apply):
    running = "version: 1\nrouter:\n  seed: 0\n"
    apply(running)
    result = apply(running.replace("0", "1"), check=False)
    assert result.returncode == 1
    assert "router.yaml:3: router.seed is 1 here and 0 in the running router" in result.stderr
    assert "--config" in result.stderr


def test_an_export_applied_is_no_change(router, apply, tmp_path):
    apply(CONFIGURATION)
    exported = tmp_path / "exported.yaml"
    router.command("export", "-o", exported, *state(router))
    assert exported.read_text() == router.command("export", *state(router)).stdout
    before = generation(router)
    assert apply(exported.read_text()).stdout.startswith("Nothing to change")
    apply(EMPTY)
    apply(exported.read_text())
    assert configuration(router)[0]["web"]["buckets"] == 64
    assert generation(router) == before + 2
