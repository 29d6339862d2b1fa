# SPDX-License-Identifier: Apache-2.0
"""The agent's daemon as a process: its capabilities, its log, and what it leaves when it ends."""

import json

import processes
import pytest
from kernel_facts import CAPABILITY_SETS, capabilities, has_xdp, pins
from topology import SERVICE

NO_CAPABILITIES = dict.fromkeys(CAPABILITY_SETS, 0)
OTHER_SERVICE = "10.0.10.1"


@pytest.fixture
def lab(make_lab, ricochet_binary):
    return make_lab(servers=1, rate_mbit=0, binary=ricochet_binary)


@pytest.fixture
def server(lab):
    return lab.servers[0]


def wait_guarding(agent, *addresses):
    quote = '"' if len(addresses) > 1 else ""
    agent.process.wait_for_line(f"guarding addresses={quote}{' '.join(addresses)}{quote}\n")


def test_a_running_agent_has_no_capabilities(lab, server):
    agent = lab.start_agent(server)
    assert capabilities(agent.process) == NO_CAPABILITIES


def test_without_capabilities_it_follows_lo_and_restarts(lab, server):
    agent = lab.start_agent(server)
    server.namespace.ip(f"address add {OTHER_SERVICE}/32 dev lo")
    wait_guarding(agent, SERVICE, OTHER_SERVICE)
    server.namespace.ip(f"address del {SERVICE}/32 dev lo")
    wait_guarding(agent, OTHER_SERVICE)
    assert agent.stop() == 0
    assert has_xdp(server.namespace, server.interface)
    agent.start()
    wait_guarding(agent, OTHER_SERVICE)
    assert "adopted" in agent.process.said()
    assert capabilities(agent.process) == NO_CAPABILITIES


def test_an_agent_that_may_not_drop_says_so_and_runs(lab, server):
    agent = lab.start_agent(server)
    agent.stop()
    words = ("agent", "--interface", server.interface, "--state", agent.state)
    limited = lab.start(server, "limited", "setpriv", "--bounding-set=-setpcap", agent.binary, *words)
    limited.wait_for_line("ready")
    (warning,) = [line for line in limited.said().splitlines() if " warn " in line]
    assert "cannot take cap_chown from the bounding set" in warning


def test_sigterm_leaves_the_program(lab, server):
    agent = lab.start_agent(server)
    before = pins(agent)
    assert agent.stop() == 0
    assert has_xdp(server.namespace, server.interface)
    assert pins(agent) == before
    assert f"until `ricochet detach --state {agent.state}`" in agent.process.said()


def test_detach_on_exit_leaves_nothing_in_force(lab, server):
    agent = lab.start_agent(server, "--detach-on-exit")
    assert has_xdp(server.namespace, server.interface)
    assert agent.stop() == 0
    processes.wait_until(lambda: not has_xdp(server.namespace, server.interface), "the end of the program")
    assert pins(agent) == []
    assert "detached veth1" in agent.process.said()
    agent.start()
    assert has_xdp(server.namespace, server.interface)
    assert "attached" in agent.process.said()


def test_detach_on_exit_is_not_for_crashes(lab, server):
    agent = lab.start_agent(server, "--detach-on-exit")
    agent.kill()
    assert has_xdp(server.namespace, server.interface)
    agent.start()
    assert "adopted" in agent.process.said()


def test_the_log_is_json_if_asked(lab, server):
    agent = lab.start_agent(server, log_format="json")
    agent.stop()
    events = [json.loads(line) for line in agent.process.said().splitlines()]
    assert all(list(event)[:3] == ["time", "level", "message"] for event in events)
    (ready,) = [event for event in events if event["message"] == "ready"]
    assert ready["interface"] == "veth1"


def test_the_log_has_the_level_asked(lab, server):
    server.namespace.sysctl("net.ipv4.conf.all.arp_ignore", 0)
    state = lab.directory / "quiet"
    words = ("agent", "--interface", server.interface, "--state", state, "--log-level", "warn")
    agent = lab.start(server, "quiet-agent", lab.binary(), *words)
    agent.wait_for_line("arp_ignore")
    processes.wait_until(lambda: has_xdp(server.namespace, server.interface), "the program")
    assert agent.stop() == 0
    assert [line.split()[1] for line in agent.said().splitlines()] == ["warn"]
