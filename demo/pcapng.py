#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reads what `ricochet capture -w` writes: interface, time, direction, comment and bytes."""

import struct
from dataclasses import dataclass
from pathlib import Path

SECTION_HEADER, INTERFACE, ENHANCED_PACKET = 0x0A0D0D0A, 1, 6
OPTION_COMMENT, OPTION_IF_NAME, OPTION_FLAGS, OPTION_TIME_RESOLUTION = 1, 2, 2, 9
BYTE_ORDER_MAGIC = 0x1A2B3C4D
DIRECTIONS = {0: "", 1: "in", 2: "out"}  # the two lowest bits of epb_flags


@dataclass(frozen=True)
class CapturedPacket:
    interface: str
    time_s: float
    direction: str  # "in", "out", or "" for a packet that ended here
    comment: str  # the verdict
    packet_bytes: int  # on the wire; data may be shorter
    data: bytes


def read(path):
    """All packets of the file, in its order; a block that is not yet whole ends it."""
    content = Path(path).read_bytes()
    order, interfaces, packets, offset = "<", [], [], 0
    while offset + 12 <= len(content):
        (kind,) = struct.unpack_from(order + "I", content, offset)
        if kind == SECTION_HEADER:
            (magic,) = struct.unpack_from("<I", content, offset + 8)
            order = "<" if magic == BYTE_ORDER_MAGIC else ">"
            interfaces = []
        (length,) = struct.unpack_from(order + "I", content, offset + 4)
        if offset + length > len(content):
            break
        if length < 12 or length % 4:
            raise ValueError(f"{path}: a block of {length} bytes at offset {offset}")
        body = content[offset + 8 : offset + length - 4]
        if kind == INTERFACE:
            interfaces.append(_interface(order, body))
        elif kind == ENHANCED_PACKET:
            packets.append(_packet(order, body, interfaces))
        offset += length
    return packets


def _interface(order, body):
    """(name, seconds a tick)."""
    options = _options(order, body[8:])
    resolution = options.get(OPTION_TIME_RESOLUTION, b"\x06")[0]
    base = 2 if resolution & 0x80 else 10
    return options.get(OPTION_IF_NAME, b"?").decode(), float(base) ** -(resolution & 0x7F)


def _packet(order, body, interfaces):
    index, high, low, captured, on_wire = struct.unpack_from(order + "5I", body)
    name, tick_s = interfaces[index]
    padded = (captured + 3) & ~3
    options = _options(order, body[20 + padded :])
    (flags,) = struct.unpack(order + "I", options.get(OPTION_FLAGS, b"\0\0\0\0"))
    return CapturedPacket(
        interface=name,
        time_s=(high << 32 | low) * tick_s,
        direction=DIRECTIONS.get(flags & 3, ""),
        comment=options.get(OPTION_COMMENT, b"").decode(),
        packet_bytes=on_wire,
        data=body[20 : 20 + captured],
    )


def _options(order, data):
    found, offset = {}, 0
    while offset + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, offset)
        if code == 0:
            break
        found[code] = data[offset + 4 : offset + 4 + length]
        offset += 4 + ((length + 3) & ~3)
    return found
