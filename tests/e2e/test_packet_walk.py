# SPDX-License-Identifier: Apache-2.0
"""Demo 1 beside the captures that the authors of ECMP-ER published for it.

Every packet at every port of the router is compared, in its order. Known to differ, and left out:
- MAC addresses of the router: theirs had two, so addresses are compared by who has them;
- what nginx says of its version, times and tags in the header of the reply;
- hops: our agents take one off the TTL of what they bounce, theirs did not.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import packet_walk
import pcap
import pytest
import segment
from variants import Variant

# Not part of this repository: beside the checkout, or where the environment says.
BESIDE = Path(__file__).resolve().parents[3] / "shared/data/ecmper"
ORIGINALS = Path(os.environ.get("ECMPER_CAPTURES", BESIDE))
pytestmark = pytest.mark.skipif(
    not ORIGINALS.is_dir(), reason="no captures of the paper's demo: set ECMPER_CAPTURES"
)
PORTS = ["veth100", "veth101", "veth102"]
ROUTER_MACS = {"02:00:00:00:00:01", "02:00:00:00:00:ff"}
MACHINES = {
    "02:03:04:05:06:99": "client",
    "02:03:04:05:06:01": "ns1",
    "02:03:04:05:06:02": "ns2",
}
NGINX_OWN = (b"Server:", b"Date:", b"Last-Modified:", b"ETag:")
ECMP_ER_TOS = 0x01


@dataclass(frozen=True)
class Fact:
    """What is compared of a packet at a port."""

    direction: str  # of the router
    sender: str
    receiver: str
    source: tuple
    destination: tuple
    flags: str
    sequence: int
    acknowledgement: int
    header_bytes: int  # IP and TCP, with options
    payload: bytes
    tos: int
    ttl: int


class Conversation:
    """The packets of one connection, at all ports."""

    def __init__(self, ports, bounce_hops):
        """ports: segments by port. bounce_hops: what a bounce takes off the TTL at an agent."""
        every = [each for segments in ports.values() for each in segments]
        self._bounce_hops = bounce_hops
        self._first = {each.source: each.sequence for each in every if "S" in each.flags}
        self._reply_bytes = {
            each.source: len(each.payload) for each in every if each.payload[:4] == b"HTTP"
        }
        self.facts = {port: list(map(self._fact, segments)) for port, segments in ports.items()}

    def _fact(self, each):
        from_router = each.source_mac in ROUTER_MACS
        acknowledges = "A" in each.flags
        return Fact(
            direction="out" if from_router else "in",
            sender=machine(each.source_mac),
            receiver=machine(each.destination_mac),
            source=(each.source, each.source_port),
            destination=(each.destination, each.destination_port),
            flags=each.flags,
            sequence=self._position(each.source, each.sequence),
            acknowledgement=self._position(each.destination, each.acknowledgement)
            if acknowledges
            else each.acknowledgement,
            header_bytes=each.ip_bytes - len(each.payload),
            payload=without_nginx_own(each.payload),
            tos=each.tos,
            ttl=each.ttl + (self._bounce_hops if each.tos == ECMP_ER_TOS else 0),
        )

    def _position(self, sender, number):
        """Counted from the sender's SYN; a reply counts nothing, because its length differs."""
        distance = (number - self._first[sender]) % (1 << 32)
        return distance if distance <= 1 else distance - self._reply_bytes.get(sender, 0)


def machine(mac):
    return "router" if mac in ROUTER_MACS else MACHINES[mac]


def without_nginx_own(payload):
    lines = payload.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(NGINX_OWN))


def original(kind):
    frames = {port: pcap.read(ORIGINALS / f"{kind}-{port}.trc") for port in PORTS}
    segments = {port: list(map(segment.decode, frames[port])) for port in PORTS}
    return Conversation(segments, bounce_hops=0).facts


def ours(walk):
    segments = {port: [step.segment for step in steps] for port, steps in walk.ports.items()}
    return Conversation(segments, bounce_hops=1).facts


@pytest.mark.parametrize(
    "kind, captures", [("ecmp", "ecmper"), ("ecmp-er", "ecmper-xdp")], ids=["plain", "with-agents"]
)
def test_the_walk_is_that_of_the_authors(ricochet_binary, kind, captures):
    walk = packet_walk.walk(Variant(kind, "modulo"), ricochet_binary)
    expected, seen = original(captures), ours(walk)
    assert list(seen) == PORTS
    for port in PORTS:
        assert seen[port] == expected[port], port
    for port, steps in walk.ports.items():
        assert [step.direction for step in steps] == [fact.direction for fact in expected[port]]


def test_the_originals_are_read_as_they_are():
    """What slides and paper say of them."""
    plain, with_agents = original("ecmper"), original("ecmper-xdp")
    assert [len(plain[port]) for port in PORTS] == [5, 3, 2]
    assert [len(with_agents[port]) for port in PORTS] == [11, 11, 8]
    assert plain["veth100"][-1].flags == "R"
    bounced = [fact for fact in with_agents["veth102"] if fact.direction == "in"]
    assert {fact.tos for fact in bounced} == {ECMP_ER_TOS}
    assert b"\r\n\r\n1234567890\n" in with_agents["veth100"][7].payload
