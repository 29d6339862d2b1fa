#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Demo 1: one connection, followed packet by packet through the ports of the router.

It is opened while ns1 serves alone. Then ns2 is added, so that its packets now go to ns2, which
does not know it. The request is typed in as the authors of the ECMP-ER paper did for theirs:
"GET /10B.txt HTTP/1.0", an empty line, and another one after the reply.
"""

import contextlib
import shutil
import socket
import struct
from dataclasses import dataclass, field

import processes
import segment
from lab import Lab
from topology import SERVICE
from variants import Variant

VARIANTS = [
    Variant("ecmp", "modulo"),
    Variant("ecmp-er", "modulo"),
    Variant("ecmp", "maglev"),
    Variant("history", "maglev"),
]
SOURCE_PORT = 8081
# With this seed the flow is ns1's while that is alone and ns2's as soon as there are two, by
# both placements. Another flow hash or placement needs another one.
SEED = 6
REQUEST_LINE = b"GET /10B.txt HTTP/1.0\n"
EMPTY_LINE = b"\n"
READ_BYTES = 4096

TCP_CLOSE = 7  # a state of TCP_INFO
TCP_INFO_BYTES = 104
TCP_INFO_UNACKED_OFFSET = 24


@dataclass(frozen=True)
class Step:
    """A packet at a port of the router."""

    time_s: float  # since the first one of the walk
    direction: str  # "in" or "out"
    verdict: str
    segment: segment.Segment


@dataclass
class Walk:
    variant: Variant
    reply: bytes = b""
    was_reset: bool = False  # before a reply came
    ports: dict = field(default_factory=dict)  # interface of the router -> Steps

    @property
    def answered(self):
        return b" 200 OK\r\n" in self.reply and self.reply.endswith(b"\r\n\r\n1234567890\n")

    @property
    def as_expected(self):
        return self.answered if self.variant.has_agents else self.was_reset

    @property
    def bounced_share(self):
        steps = [step for port in self.ports.values() for step in port]
        requests = [step for step in steps if step.segment.destination == SERVICE]
        verdicts = [step.verdict for step in requests if step.direction == "out"]
        sent = verdicts.count("forward")
        return verdicts.count("bounced") / sent if sent else 0.0


def walk(variant, binary=None, save_to=None):
    """The whole demo for one variant, in a lab of its own. save_to: a file for the capture."""
    with Lab(servers=2, binary=binary) as lab:
        router = variant.start(lab, seed=SEED)
        router.add_connected_client_network()
        router.add(lab.servers[0])
        router.install()
        capture = router.capture(lab.directory / "walk.pcapng")
        result = Walk(variant)
        _talk(lab, router, result)
        processes.wait_until(lambda: _has_ended(capture), "the last RST in the capture")
        packets = capture.stop()
        if save_to:
            shutil.copyfile(capture.file, save_to)
    result.ports = _steps_by_port(packets, lab.router_ports)
    if not any(step.direction == "out" for step in result.ports[lab.router_ports[2]]):
        raise processes.LabError(f"the flow did not move to ns2: seed {SEED} does not fit")
    return result


def _talk(lab, router, result):
    first, second = lab.servers
    with contextlib.closing(
        lab.client.namespace.connect(SERVICE, 80, source_port=SOURCE_PORT)
    ) as connection:
        _wait_for_state(first, "ESTAB")
        router.add(second)
        router.install()
        try:
            _type(connection, REQUEST_LINE)
            _type(connection, EMPTY_LINE)
            while part := connection.recv(READ_BYTES):
                result.reply += part
        except ConnectionError:
            result.was_reset = True
            return
        # Else the empty line would carry the acknowledgement of the reply, which is a packet
        # of its own when a person types.
        _wait_for_state(first, "FIN-WAIT-2")
        _type(connection, EMPTY_LINE)


def _type(connection, line):
    """Sends a line and waits until the server has it, as somebody who types would."""
    connection.sendall(line)

    def settled():
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
        (unacknowledged,) = struct.unpack_from("=I", info, TCP_INFO_UNACKED_OFFSET)
        return unacknowledged == 0 or info[0] == TCP_CLOSE

    processes.wait_until(settled, f"an answer to {line!r}")


def _wait_for_state(server, state):
    processes.wait_until(
        lambda: state in server.namespace.tcp_states(SOURCE_PORT), f"{state} at {server.name}"
    )


def _has_ended(capture):
    return any(_is_reset_that_left(packet) for packet in capture.packets())


def _is_reset_that_left(packet):
    decoded = segment.decode(packet.data)
    return packet.direction == "out" and decoded is not None and "R" in decoded.flags


def _steps_by_port(packets, ports):
    steps = {port: [] for port in ports}
    started_s = min((packet.time_s for packet in packets), default=0.0)
    for packet in sorted(packets, key=lambda packet: packet.time_s):
        decoded = segment.decode(packet.data)
        if decoded:
            verdict = packet.comment.partition(":")[0]
            steps[packet.interface].append(
                Step(packet.time_s - started_s, packet.direction, verdict, decoded)
            )
    return steps
