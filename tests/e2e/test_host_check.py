# SPDX-License-Identifier: Apache-2.0
"""The agent looks at its host when it starts, and says what is wrong with it."""

import pytest
from topology import SERVICE


@pytest.fixture
def warnings(make_lab, ricochet_binary):
    """A function: what an agent warns of, after prepare(lab, server)."""

    def after(prepare):
        lab = make_lab(servers=1, rate_mbit=0, binary=ricochet_binary)
        server = lab.servers[0]
        prepare(lab, server)
        agent = lab.start_agent(server)
        return [line for line in agent.process.said().splitlines() if " warn " in line]

    return after


def sysctl(name, value):
    return lambda lab, server: server.namespace.sysctl(f"net.ipv4.conf.{name}", value)


def test_a_server_in_order_is_not_warned_of(warnings):
    assert warnings(lambda lab, server: None) == []


@pytest.mark.parametrize(
    "prepare, complaint",
    [
        (sysctl("all.arp_ignore", 0), "arp_ignore"),
        (sysctl("all.arp_announce", 0), "arp_announce"),
        (sysctl("all.rp_filter", 1), "rp_filter"),
        (lambda lab, server: lab.web[server.name].stop(), "listen"),
        (
            lambda lab, server: server.namespace.run("ethtool", "-K", "veth1", "tx", "on"),
            "ethtool",
        ),
        (
            lambda lab, server: server.namespace.ip(f"address delete {SERVICE}/32 dev lo"),
            "no service address on lo",
        ),
    ],
)
def test_what_is_wrong_is_said(warnings, prepare, complaint):
    (warning,) = warnings(prepare)
    assert complaint in warning
