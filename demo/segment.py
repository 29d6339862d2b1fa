#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The fields of an Ethernet/IPv4/TCP packet that people look at."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

ETHERNET_BYTES = 14
ETHERTYPE_IPV4 = 0x0800
PROTOCOL_TCP = 6
_FLAG_LETTERS = "FSRPAUEC"  # from the lowest bit


@dataclass(frozen=True)
class Segment:
    source_mac: str
    destination_mac: str
    source: str
    destination: str
    source_port: int
    destination_port: int
    tos: int
    ttl: int
    ip_bytes: int
    flags: str  # letters as tcpdump has them: S, SA, A, PA, FPA, R
    sequence: int
    acknowledgement: int
    payload: bytes


def decode(frame):
    """The Segment in an Ethernet frame, or None if it is not IPv4/TCP."""
    if len(frame) < ETHERNET_BYTES + 40:
        return None
    destination_mac, source_mac, ethertype = struct.unpack_from("!6s6sH", frame)
    ip = frame[ETHERNET_BYTES:]
    header_bytes = (ip[0] & 0x0F) * 4
    if ethertype != ETHERTYPE_IPV4 or ip[9] != PROTOCOL_TCP or len(ip) < header_bytes + 20:
        return None
    ip_bytes = struct.unpack_from("!H", ip, 2)[0]
    tcp = ip[header_bytes:ip_bytes]
    source_port, destination_port, sequence, acknowledgement, offset, bits = struct.unpack_from(
        "!HHIIBB", tcp
    )
    return Segment(
        source_mac=source_mac.hex(":"),
        destination_mac=destination_mac.hex(":"),
        source=str(IPv4Address(ip[12:16])),
        destination=str(IPv4Address(ip[16:20])),
        source_port=source_port,
        destination_port=destination_port,
        tos=ip[1],
        ttl=ip[8],
        ip_bytes=ip_bytes,
        flags=_flags(bits),
        sequence=sequence,
        acknowledgement=acknowledgement,
        payload=tcp[(offset >> 4) * 4 :],
    )


def _flags(bits):
    """SYN, FIN and RST first, then PSH, ACK and the rest."""
    letters = {letter for index, letter in enumerate(_FLAG_LETTERS) if bits >> index & 1}
    return "".join(letter for letter in "SFRPAUEC" if letter in letters)
