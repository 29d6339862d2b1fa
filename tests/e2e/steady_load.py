# SPDX-License-Identifier: Apache-2.0
"""Uploads and downloads that go on while the network around them changes, and count the changes.

    with SteadyLoad(net, [(UPLOAD, 40), (DOWNLOAD, 40), (UPLOAD, 2)]) as load:
        for change in changes:
            change()
            load.pass_change()
    assert all(not connection.loss for connection in load.connections)

Each pair is a slot, a direction and a lifetime in changes: a connection that has lived so long
ends, its hashes are compared, and another one takes its place. So as many connections as slots are
alive at any time. Whoever lived through a change has moved data after it: pass_change() waits for
that.
"""

import asyncio
import hashlib
import random
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import hashing_server
import processes
from hashing_server import DOWNLOAD, SIZE, TOTAL, UPLOAD
from topology import SERVICE

PORT = 8080
ROUND_BYTES = (1, 500, 4_000, 30_000)  # from one segment to many
PAUSE_S = 0.1  # between two rounds of a connection, so that the load leaves room for the changes
ROUND_TIMEOUT_S = 30.0
SERVER = Path(hashing_server.__file__)


@dataclass
class Connection:
    """One that has ended. `loss` says how it was lost; empty if both ends have the same hash."""

    direction: bytes
    changes: int  # it lived through
    loss: str = ""


class SteadyLoad:
    """Begins when it is entered; when it is left, all connections end."""

    def __init__(self, net, slots):
        self.connections = []  # that have ended
        self._net = net
        self._slots = slots
        self._changes = 0
        self._moment = 0  # counts what connections have to move data after
        self._moved_after = [0] * len(slots)  # by slot: the moment before its last round
        self._finishing = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self):
        for server in self._net.servers:
            program = (sys.executable, SERVER, SERVICE, PORT)
            self._net.lab.start(server, f"{server.name}-hashes", *program).wait_for_line("ready")
        self._thread.start()
        self.wait_moving()
        return self

    def __exit__(self, *_):
        self._finishing = True
        self._thread.join()

    def pass_change(self):
        """To be called after a change; returns when all connections have moved data since."""
        self._changes += 1
        self.wait_moving()

    def wait_moving(self):
        """Until every connection has moved data that it began to move after the call, or until
        one is lost."""
        self._moment += 1
        processes.wait_until(
            lambda: min(self._moved_after) == self._moment or self._any_lost(),
            "all connections to move data",
            2 * ROUND_TIMEOUT_S,
        )

    def _any_lost(self):
        return any(connection.loss for connection in self.connections)

    async def _run(self):
        await asyncio.gather(*[self._fill(slot) for slot in range(len(self._slots))])

    async def _fill(self, slot):
        """Connections of one slot, one after the other, until the end or a loss."""
        direction, lifetime = self._slots[slot]
        chance = random.Random(slot)
        lost = False
        while not self._finishing and not lost:
            transfer = _Transfer(direction, chance)
            ended = Connection(direction, changes=0)
            try:
                await transfer.open(self._net.client)
                await self._live(slot, transfer, lifetime, ended)
                await transfer.compare_hashes()
            except (OSError, EOFError, ValueError) as failure:
                lost = True
                ended.loss = f"after {transfer.body_bytes} bytes: {failure!r}"
            transfer.close()
            self.connections.append(ended)

    async def _live(self, slot, transfer, lifetime, ended):
        first_change = self._changes
        while not self._finishing and ended.changes < lifetime:
            # In this order: who has moved data after the moment has lived through the change.
            moment, change = self._moment, self._changes
            await transfer.round()
            ended.changes = change - first_change
            self._moved_after[slot] = moment
            await asyncio.sleep(PAUSE_S)


class _Transfer:
    def __init__(self, direction, chance):
        self.direction = direction
        self.body_bytes = 0
        self._chance = chance
        self._digest = hashlib.sha256()
        self._reader = self._writer = None

    async def open(self, namespace):
        connection = namespace.socket()
        connection.setblocking(False)
        async with asyncio.timeout(ROUND_TIMEOUT_S):
            await asyncio.get_running_loop().sock_connect(connection, (SERVICE, PORT))
            self._reader, self._writer = await asyncio.open_connection(sock=connection)
        self._writer.write(self.direction)

    async def round(self):
        size = self._chance.choice(ROUND_BYTES)
        part = self._chance.randbytes(size) if self.direction == UPLOAD else b""
        self._writer.write(SIZE.pack(size) + part)
        self.body_bytes += size
        if self.direction == DOWNLOAD:
            part = await self._receive(size)
        elif (total := TOTAL.unpack(await self._receive(TOTAL.size))[0]) != self.body_bytes:
            raise ValueError(f"the server has {total} bytes")
        self._digest.update(part)

    async def compare_hashes(self):
        self._writer.write(SIZE.pack(0))
        if await self._receive(self._digest.digest_size) != self._digest.digest():
            raise ValueError("the server has another hash")

    async def _receive(self, size):
        async with asyncio.timeout(ROUND_TIMEOUT_S):
            return await self._reader.readexactly(size)

    def close(self):
        if self._writer:
            self._writer.close()
