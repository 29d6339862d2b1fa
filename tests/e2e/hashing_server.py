#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A server that hashes what it receives and what it sends, and says the hash at the end.

A connection begins with one byte, UPLOAD or DOWNLOAD. Then come rounds, as many as the client
wants: it sends a number of bytes (a SIZE), followed by the bytes if it uploads; the server answers
with how many bytes it has got so far (a TOTAL), or with the bytes if the client downloads. A round
of 0 bytes is the last one, and the answer is the SHA-256 of all bytes of the connection.
"""

import asyncio
import contextlib
import hashlib
import random
import struct
import sys

UPLOAD, DOWNLOAD = b"U", b"D"
SIZE, TOTAL = struct.Struct("!I"), struct.Struct("!Q")
BACKLOG = 1024


async def _serve_rounds(reader, writer):
    direction = await reader.readexactly(1)
    digest = hashlib.sha256()
    content = random.Random()
    total = 0
    while True:
        (size,) = SIZE.unpack(await reader.readexactly(SIZE.size))
        if not size:
            writer.write(digest.digest())
            break
        total += size
        part = await reader.readexactly(size) if direction == UPLOAD else content.randbytes(size)
        digest.update(part)
        writer.write(TOTAL.pack(total) if direction == UPLOAD else part)
        await writer.drain()


async def _serve(reader, writer):
    # A client that is gone has noticed its loss itself.
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        await _serve_rounds(reader, writer)
    with contextlib.suppress(OSError):
        writer.close()
        await writer.wait_closed()


async def _main(address, port):
    server = await asyncio.start_server(_serve, address, port, backlog=BACKLOG)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
