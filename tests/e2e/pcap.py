# SPDX-License-Identifier: Apache-2.0
"""Reads classic pcap files, which the captures of the ECMP-ER authors are."""

import struct
from pathlib import Path

MAGIC = 0xA1B2C3D4
FILE_HEADER_BYTES = 24
RECORD_HEADER_BYTES = 16


def read(path):
    """The frames of the file, in its order."""
    content = Path(path).read_bytes()
    order = "<" if struct.unpack_from("<I", content)[0] == MAGIC else ">"
    assert struct.unpack_from(order + "I", content)[0] == MAGIC, f"{path} is no pcap file"
    frames, offset = [], FILE_HEADER_BYTES
    while offset < len(content):
        _, _, captured, on_wire = struct.unpack_from(order + "4I", content, offset)
        assert captured == on_wire, f"{path} has parts of packets only"
        offset += RECORD_HEADER_BYTES
        frames.append(content[offset : offset + captured])
        offset += captured
    return frames
