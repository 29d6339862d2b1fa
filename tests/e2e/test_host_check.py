# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a server: `ricochet agent check` says it, and the agent when it starts."""

import json
import os
import subprocess

import pytest
from topology import SERVER_GATEWAY, SERVICE


def sysctl(name, wrong, right):
    """Something wrong with a server: (break it, mend it)."""
    return tuple(
        lambda lab, server, value=value: server.namespace.sysctl(f"net.ipv4.{name}", value)
        for value in (wrong, right)
    )


def ip(wrong, right):
    return tuple(
        lambda lab, server, lines=lines: server.namespace.ip(*lines.split("; "))
        for lines in (wrong, right)
    )


def ethtool(wrong, right):
    return tuple(
        lambda lab, server, words=words: server.namespace.run("ethtool", "-K", "veth1", *words)
        for words in (wrong.split(), right.split())
    )


def stop_web(lab, server):
    lab.web[server.name].stop()


def start_listener(lab, server):
    lab.listener = server.namespace.socket()
    lab.listener.bind(("0.0.0.0", 80))
    lab.listener.listen()


DEFAULT_ROUTE = f"route del default; route add default via {SERVER_GATEWAY}".split("; ")
ADDRESS_ADD, ADDRESS_DELETE = (f"address {verb} {SERVICE}/32 dev lo" for verb in ("add", "del"))
WIDER = f"address del {SERVICE}/32 dev lo; address add {SERVICE}/24 dev lo"
ALONE = f"address del {SERVICE}/24 dev lo; address add {SERVICE}/32 dev lo"

# name of the check -> ((break it, mend it), what is said)
FAULTS = {
    "service_address": (ip(ADDRESS_DELETE, ADDRESS_ADD), "no service address on lo"),
    "service_address/24": (ip(WIDER, ALONE), f"{SERVICE}/24 is on lo"),
    "listener": ((stop_web, start_listener), f"nothing listens on {SERVICE}"),
    "arp_ignore": (sysctl("conf.all.arp_ignore", 0, 1), "arp_ignore is 0 on veth1"),
    "arp_announce": (sysctl("conf.all.arp_announce", 0, 2), "arp_announce is 0 on veth1"),
    "rp_filter": (sysctl("conf.all.rp_filter", 1, 0), "rp_filter is strict on veth1"),
    "mtu": (ip("link set veth1 mtu 1400", "link set veth1 mtu 1500"), "MTU of veth1 is 1400"),
    "offloads": (ethtool("tx on", "tx off"), "bad checksum"),
    "tcp_syncookies": (sysctl("tcp_syncookies", 0, 1), "tcp_syncookies is 0"),
    "default_route": (ip(*DEFAULT_ROUTE), "no default route"),
}


@pytest.fixture
def lab(make_lab, ricochet_binary):
    return make_lab(servers=1, rate_mbit=0, binary=ricochet_binary)


@pytest.fixture
def server(lab):
    return lab.servers[0]


@pytest.fixture
def check(lab, server):
    """A function: (exit code, what --json prints)."""

    def run(*words, interface="veth1"):
        words = ("agent", "check", "--interface", interface, "--json", *words)
        state = ("--state", lab.directory / "agent-ns1")
        done = server.namespace.run(lab.binary(), *words, *state, check=False)
        return done.returncode, json.loads(done.stdout)

    return run


def problems(answer):
    return {one["name"]: one["problem"] for one in answer["checks"] if not one["ok"]}


def found(answer, name):
    (check,) = [one for one in answer["checks"] if one["name"] == name]
    return check["found"]


def test_a_server_in_order(check, lab):
    code, answer = check()
    assert (code, answer["ok"], problems(answer)) == (0, True, {})
    assert found(answer, "agent").startswith("none runs")
    assert "nothing is in the way on veth1 (driver veth)" in found(answer, "xdp")
    assert not (lab.directory / "agent-ns1").exists()


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_said_until_it_is_mended(check, lab, server, name):
    (break_it, mend_it), complaint = FAULTS[name]
    break_it(lab, server)
    code, answer = check()
    (problem,) = problems(answer).items()
    assert (code, answer["ok"]) == (1, False)
    assert problem[0] == name.partition("/")[0]
    assert complaint in problem[1]
    assert all(one["remedy"] for one in answer["checks"] if not one["ok"])
    mend_it(lab, server)
    assert check()[0] == 0


def test_an_interface_that_is_not_there(check):
    code, answer = check(interface="veth9")
    assert (code, problems(answer)) == (1, {"interface": "there is no interface veth9"})


def test_an_interface_that_is_down(check, server):
    server.namespace.ip("link set veth1 down")
    assert problems(check()[1])["interface"] == "veth1 is down"


def test_an_address_that_it_is_to_serve(check):
    code, answer = check("--service-address", SERVICE)
    assert (code, problems(answer)) == (0, {})
    code, answer = check("--service-address", "10.0.10.9")
    assert "10.0.10.9 is not on lo" in problems(answer)["service_address"]


def test_a_running_agent_is_seen_and_not_disturbed(check, lab, server):
    agent = lab.start_agent(server)
    code, answer = check()
    assert (code, problems(answer)) == (0, {})
    assert found(answer, "agent") == f"it runs, process {agent.process.pid}"
    assert found(answer, "xdp") == "the agent's program is attached to veth1 (native)"
    assert agent.process.running()


def test_a_program_of_somebody_else_is_in_the_way(check, lab, server):
    agent = lab.start_agent(server)
    agent.stop()
    state = ("--state", lab.directory / "other")
    words = ("agent", "check", "--interface", "veth1", "--json")
    done = server.namespace.run(lab.binary(), *words, *state, check=False)
    assert "another XDP program" in problems(json.loads(done.stdout))["xdp"]


def test_text_is_a_line_a_check_without_colour(lab, server):
    server.namespace.sysctl("net.ipv4.conf.all.arp_ignore", 0)
    words = ("agent", "check", "--interface", "veth1")
    done = server.namespace.run(lab.binary(), *words, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert {line.split()[0] for line in lines} == {"ok", "problem"}
    (problem,) = [line for line in lines if line.startswith("problem")]
    assert "try: sysctl -w net.ipv4.conf.all.arp_ignore=1" in problem
    assert "\x1b" not in done.stdout


def test_a_terminal_gets_colour(lab, server):
    terminal, end_of_program = os.openpty()
    try:
        words = server.namespace.command(lab.binary(), "agent", "check", "--interface", "veth1")
        subprocess.run(words, stdout=end_of_program, check=True)
        assert b"\x1b[32mok" in os.read(terminal, 65536)
    finally:
        os.close(terminal)
        os.close(end_of_program)


def test_it_needs_an_interface(lab, server):
    for words in (("agent", "check"), ("agent",)):
        done = server.namespace.run(lab.binary(), *words, check=False)
        assert done.returncode == 2
        assert "--interface is required" in done.stderr


def warnings(agent):
    return [line for line in agent.process.said().splitlines() if " warn " in line]


def test_an_agent_on_a_server_in_order_warns_of_nothing(lab, server):
    assert warnings(lab.start_agent(server)) == []


@pytest.mark.parametrize("name", FAULTS)
def test_an_agent_warns_when_it_starts(lab, server, name):
    (break_it, _), complaint = FAULTS[name]
    break_it(lab, server)
    (warning,) = warnings(lab.start_agent(server))
    assert complaint in warning
