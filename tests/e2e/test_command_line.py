# SPDX-License-Identifier: Apache-2.0
"""What people and scripts get from each subcommand: help, JSON, exit codes."""

import json

import pytest

SUBCOMMANDS = [
    *["router", "agent", "route add", "route del", "route list"],
    *["neighbour add", "neighbour list", "install", "clear", "tables"],
    *[f"{name} {verb}" for name in ("service", "pool", "backend")
      for verb in ("list", "show", "add", "set", "remove")],
    *["neighbour remove", "generations log", "generations diff", "trace"],
    *["explain", "simulate"],
    *["apply", "export", "completion bash"],
    *["agent check", "status", "capture", "detach"],
]
GROUPS = [
    *["", "agent", "completion"],
    *["service", "pool", "backend", "neighbour", "route", "generations"],
]
NOT_LISTENING = ["--api", "http://127.0.0.1:9"]

WRONG_USAGE = [
    "",
    "no-such-subcommand",
    "install --no-such-option",
    "install surplus",
    "install --api nonsense",
    "router --ports veth100 --placement random",
    "router --ports veth100 --history some",
    "router --ports veth100 --mark rainbow",
    "router --ports veth100 --listen nowhere",
    "router --ports veth100 --settle-ms -1",
    "router --ports veth100 --seed many",
    "router --ports veth100 --buckets 1000",
    "agent",
    "agent --interface veth1 --mark rainbow",
    "agent --interface veth1 --bounce-rate -1",
    "agent --interface veth1 --log-format xml",
    "agent --interface veth1 --log-level loud",
    "agent check",
    "route",
    "route add 10.0.10.0",
    "route add 10.0.10 10.0.0.1",
    "route add 10.0.10.0/33 10.0.0.1",
    "route add 10.0.10.0 nobody",
    "route add 10.0.10.0 10.0.0.1 --port 80",
    "route add 10.0.10.0 10.0.0.1 --protocol tcp",
    "route add 10.0.10.0 10.0.0.1 --port 80 --protocol icmp",
    "route add 10.0.10.0 10.0.0.1 --weight 0",
    "route del 10.0.10.0 10.0.0.1 --weight 2",
    "neighbour add 10.0.0.1 1",
    "neighbour add 10.0.0.1 1 02:03:04:05:06",
    "neighbour del",
    "tables arp",
    "pool add a/b",
    "pool set web",
    "backend add web nobody",
    "backend set web 10.0.0.1 --state asleep",
    "service add 10.0.10.0:80 --pool web",
    "service add 10.0.10.0:80/tcp",
    "generations diff 1",
    "trace 10.0.1.99:1234 10.0.10.0",
    "apply",
    "completion fish",
    "simulate --backends 5000",
    "simulate --buckets 1000",
    "simulate --churn chaos",
    "simulate --flows many",
    "simulate --scheme ecmp,magic",
    "status --state",
    "capture --count 0",
    "capture --service nobody",
    "capture --tuple 10.0.1.99:1",
    "capture --service 10.0.10.0 --tuple 10.0.1.99:1,10.0.10.0:80",
    "detach",
]

REFUSED = [
    "route add 10.0.10.0 0.0.0.0",
    "route add 10.0.10.0/24 10.0.0.1 --port 80 --protocol tcp",
    "neighbour add 10.0.0.9 5 02:03:04:05:06:09",
    "neighbour add 10.0.0.9 nosuch0 02:03:04:05:06:09",
    "neighbour del 10.0.0.200",
    "pool show nosuch",
    "pool remove nosuch",
    "pool add web --buckets 1000",
    "pool add web --if-generation 999999",
    "backend list nosuch",
    "backend add nosuch 10.0.0.1",
    "service add 10.0.10.0:80/tcp --pool nosuch",
    "generations diff 999998 999999",
    "explain nosuch",
    "simulate --csv /nonexistent/figures.csv",
    "apply /nonexistent.yaml",
    "export -o /nonexistent/router.yaml",
    *[f"{words} {' '.join(NOT_LISTENING)}" for words in ["install", "route list", "tables neigh"]],
    "status --state /nonexistent",
    "capture --state /nonexistent",
    "detach --state /nonexistent",
]

DONE = [
    "neighbour add 10.0.0.1 1 02:03:04:05:06:01",
    "neighbour add 10.0.0.2 2 02:03:04:05:06:02",
    "neighbour list",
    "route add 10.0.10.0 10.0.0.1",
    "route add 10.0.10.0 10.0.0.2 --port 443 --protocol tcp --weight 3",
    "route add 10.0.1.0/24 connected",
    "route list",
    "install",
    "route del 10.0.10.0 10.0.0.1",
    "install",
    "tables",
    "tables cur_nh",
    "neighbour del 10.0.0.1",
    "pool add web --buckets 64",
    "backend add web 10.0.0.1 --weight 2",
    "backend set web 10.0.0.1 --state draining",
    "backend list",
    "backend show web 10.0.0.1",
    "pool set web --history-depth 3",
    "pool list",
    "pool show web",
    "service add 10.0.10.0:81/tcp --pool web",
    "service set 10.0.10.0:81/tcp --pool web",
    "service show 10.0.10.0:81/tcp",
    "service list",
    "trace 10.0.1.99:1234 10.0.10.0:81 tcp --opens",
    "service remove 10.0.10.0:81/tcp",
    "backend remove web 10.0.0.1",
    "pool remove web --dry-run",
    "pool remove web",
    "generations log --limit 3",
    "generations diff 1 2",
    "explain drop_no_backend",
    "simulate --flows 1k --backends 10 --churn flap,scale --scheme ecmp,history-4",
    "export",
    "clear",
]


@pytest.fixture(scope="module")
def router(shared_router):
    return shared_router(placement="modulo")


def run(router, line, *words):
    return router.command(*line.split(), *words, check=False)


def helps(router, words=()):
    """Help by the words of a subcommand, of all that the help tells of."""
    result = router.command(*words, "--help", check=False)
    assert (result.returncode, result.stderr) == (0, "")
    found = {" ".join(words): result.stdout}
    listed = result.stdout.partition("\nSubcommands:\n")[2].partition("\n\n")[0]
    for line in listed.splitlines():
        if line.startswith("  ") and not line.startswith("   "):
            found |= helps(router, (*words, line.split()[0].rstrip(",")))
    return found


def test_every_subcommand_has_a_help_with_an_example(router):
    found = helps(router)
    assert set(SUBCOMMANDS) < set(found)
    for words in SUBCOMMANDS:
        help_text = found[words]
        assert f"Usage: ricochet {words}" in help_text
        assert f"ricochet {words}" in help_text[help_text.index("Example") :]
    for words in set(found) - set(SUBCOMMANDS):
        assert words in GROUPS


def test_help_of_all_names_every_subcommand(router):
    everything = router.command("--help-all").stdout
    assert all(words.split()[-1] in everything for words in SUBCOMMANDS)


def test_version(router):
    name, number = router.command("--version").stdout.split()
    assert name == "ricochet"
    assert number[0].isdigit()


@pytest.mark.parametrize("line", WRONG_USAGE)
def test_wrong_usage_is_2(router, line):
    result = run(router, line)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr


@pytest.mark.parametrize("line", REFUSED)
def test_a_refusal_is_1_and_says_why(router, line):
    result = run(router, line)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr


@pytest.mark.parametrize("line", REFUSED)
def test_a_refusal_as_json(router, line):
    result = run(router, line, "--json")
    assert result.returncode == 1
    said = json.loads(result.stdout)
    assert said["ok"] is False
    assert said["message"]
    assert result.stderr == ""


@pytest.mark.parametrize("words", [(), ("--json",)], ids=["text", "json"])
def test_what_is_done_is_0(router, words):
    router.put("/clear")
    for line in DONE:
        result = run(router, line, *words)
        assert (result.returncode, result.stderr) == (0, ""), line
        if words:
            assert json.loads(result.stdout)["ok"] is True, line


def test_the_commands_do_what_they_say(router):
    router.put("/clear")
    for line in DONE[: DONE.index("neighbour del 10.0.0.1")]:
        run(router, line)
    lpm = json.loads(run(router, "tables ipv4_lpm --json").stdout)["ipv4_lpm"]
    assert [(row["dstAddr"], row["port"], row["protocol"]) for row in lpm] == [
        ("10.0.1.0/24", None, None),
        ("10.0.10.0/32", None, None),
        ("10.0.10.0/32", 443, "tcp"),
    ]
    assert [row["cur_nh_count"] for row in lpm] == [1, 0, 1]
    routes = json.loads(run(router, "route list --json").stdout)["routes"]
    assert {(row["prefix"], row["nexthop"], row["weight"]) for row in routes} == {
        ("10.0.1.0/24", "connected", 1),
        ("10.0.10.0/32", "10.0.0.2", 3),
    }
    assert run(router, "route list").stdout.splitlines() == [
        "10.0.1.0/24 to connected",
        "10.0.10.0/32 tcp port 443 to 10.0.0.2 weight 3",
    ]


def test_text_is_that_of_the_api(router):
    for path, line in {"/tables": "tables", "/routes": "route list"}.items():
        assert run(router, line).stdout == router.get(path)


def test_status_for_people_names_every_counter_and_what_it_means(router):
    text = run(router, f"status --state {router.state}").stdout
    for counter in router.status()["counters"]:
        assert f"\n{counter} " in text


@pytest.mark.parametrize(
    "ports, complaint", [("veth100,nosuch0", "nosuch0"), ("veth100,veth100", "veth100")]
)
def test_a_router_that_cannot_start_leaves_nothing(router, tmp_path, ports, complaint):
    words = f"router --ports {ports} --listen 127.0.0.1:5001 --state {tmp_path / 'state'}"
    result = run(router, words)
    assert result.returncode == 1
    assert complaint in result.stderr
    assert not (tmp_path / "state" / "bpf").is_mount()


def test_a_router_needs_ports(router, tmp_path):
    result = run(router, f"router --state {tmp_path / 'state'}")
    assert result.returncode == 1
    assert "--ports" in result.stderr


def test_an_address_in_use(router, tmp_path):
    result = run(router, f"router --ports veth100 --state {tmp_path / 'state'}")
    assert result.returncode == 1
    assert "127.0.0.1:5000" in result.stderr


def test_another_address_for_the_api(make_lab, ricochet_binary):
    lab = make_lab(servers=1, binary=ricochet_binary)
    router = lab.start_router(listen="127.0.0.1:5050", neighbours=False)
    assert run(router, "install --api http://127.0.0.1:5050").returncode == 0
    missed = run(router, "install")
    assert missed.returncode == 1
    assert "--api" in missed.stderr


def test_the_api_on_ipv6(make_lab, ricochet_binary):
    lab = make_lab(servers=1, binary=ricochet_binary)
    lab.router_namespace.sysctl("net.ipv6.conf.lo.disable_ipv6", 0)
    router = lab.start_router(listen="[::1]:5050", neighbours=False)
    assert run(router, "pool add web --api http://[::1]:5050").returncode == 0
    added = run(router, "service add [2001:db8::1]:80/tcp --pool web --api http://[::1]:5050")
    assert added.returncode == 0


def test_the_api_on_its_socket_alone(make_lab, ricochet_binary):
    lab = make_lab(servers=1, binary=ricochet_binary)
    router = lab.start_router(listen="none", neighbours=False)
    assert run(router, f"install --state {router.state}").returncode == 0
    assert run(router, "install --api http://127.0.0.1:5000").returncode == 1
    listening = lab.router_namespace.run("ss", "-Hltn").stdout
    assert listening == ""


def test_status_tells_of_pools_and_memory_while_the_daemon_runs(router):
    router.put("/clear")
    run(router, "neighbour add 10.0.0.1 1 02:03:04:05:06:01")
    run(router, "pool add web --buckets 64")
    run(router, "backend add web 10.0.0.1")
    status = router.status()
    assert [pool["name"] for pool in status["pools"]] == ["web"]
    assert 0 < status["table_memory"]["used_bytes"] <= status["table_memory"]["capacity_bytes"]
    text = run(router, f"status --state {router.state}").stdout
    assert f"generation {status['generation']}, tables use " in text


def test_tables_align_and_no_line_ends_with_spaces(router):
    router.put("/clear")
    for name in ("web", "a-longer-name"):
        run(router, f"pool add {name} --buckets 64")
    lines = run(router, "pool list").stdout.splitlines()
    assert len({line.index("maglev") for line in lines[1:]} | {lines[0].index("PLACEMENT")}) == 1
    assert not any(line.endswith(" ") for line in lines)


@pytest.mark.parametrize("no_colour, coloured", [("", True), ("1", False)])
def test_colour_only_on_a_terminal_that_wants_it(router, no_colour, coloured):
    router.put("/clear")
    add = ["pool", "add", "web", "--dry-run"]
    assert "\x1b" not in router.command(*add).stdout
    # script(1) gives it a terminal.
    line = " ".join([str(router.binary), *add])
    on_terminal = router.namespace.run(
        "env", f"NO_COLOR={no_colour}", "script", "-qec", line, "/dev/null"
    ).stdout
    assert "+ pool web" in on_terminal
    assert ("\x1b[32m+ pool web" in on_terminal) == coloured


COMPLETED = {
    "ricochet serv": ["service"],
    "ricochet pool set ": ["media", "web"],
    "ricochet pool add x --placement m": ["maglev", "modulo"],
    "ricochet simulate --churn r": ["rolling"],
    "ricochet backend remove web ": ["10.0.0.1"],
    # What follows the last colon is what readline puts in.
    "ricochet service remove 10.0.10.0:8": ["80/tcp"],
}


def test_bash_completes(router):
    router.put("/clear")
    script = router.command("completion", "bash").stdout
    assert router.namespace.run("bash", "-n", "-c", script).returncode == 0
    for line in [
        *["pool add web --buckets 64", "pool add media --buckets 64"],
        *["backend add web 10.0.0.1", "service add 10.0.10.0:80/tcp --pool web"],
    ]:
        assert run(router, line).returncode == 0
    for line, expected in COMPLETED.items():
        ask = (
            f"{script}\nCOMP_LINE={line!r} COMP_POINT={len(line)}\n"
            f"_ricochet {router.binary}\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
        )
        assert router.namespace.run("bash", "-c", ask).stdout.split() == expected, line
