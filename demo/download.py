#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Download client that notices every lost connection.

N requests, C at once, each on a new TCP connection. A connection is lost if it was refused, reset,
timed out, or if what arrived is short or wrong (status, length and SHA-256 are looked at). Writes
JSON lines to stdout: {"event": "progress" | "paused" | "result", ...}; ends with 0 if no
connection was lost, else with 1.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import random
import socket
import sys
import time
from dataclasses import dataclass, field

READ_BYTES = 1 << 16
SLOW_READ_BYTES = 1 << 12
SLOW_RECEIVE_BUFFER_BYTES = 1 << 14  # so that the rest of a slow download waits at the server
PROGRESS_INTERVAL_S = 0.5


class Lost(Exception):
    """The connection did not bring what it should; the text is the reason, one word."""


@dataclass
class Plan:
    address: str
    port: int
    path: str
    requests: int
    at_once: int
    timeout_s: float
    sha256: str = ""
    body_bytes: int = 0
    rate: int = 0  # bytes a second and connection; 0 is unlimited
    pause_after: int = -1  # bytes after which a connection stops until told; -1 is never
    upload: bool = False

    @property
    def slow(self):
        return self.rate > 0 or self.pause_after >= 0


@dataclass
class Tally:
    completed: int = 0
    received_bytes: int = 0
    last_completed: float = 0.0  # monotonic
    paused: int = 0
    losses: list = field(default_factory=list)


class Client:
    def __init__(self, plan):
        self.plan = plan
        self.tally = Tally()
        self.resumed = asyncio.Event()
        self._upload_body = random.Random(0).randbytes(plan.body_bytes) if plan.upload else b""

    async def run(self):
        started = time.monotonic()
        numbers = iter(range(self.plan.requests))
        progress = asyncio.create_task(self._progress())
        await asyncio.gather(*[self._worker(numbers) for _ in range(self.plan.at_once)])
        progress.cancel()
        lost = len(self.tally.losses)
        completed_in_s = max(0.0, self.tally.last_completed - started)
        result = {
            "requests": self.plan.requests,
            "completed": self.tally.completed,
            "connections_lost": lost,
            "received_bytes": self.tally.received_bytes,
            "duration_s": round(time.monotonic() - started, 3),
            "completed_in_s": round(completed_in_s, 3),  # without the wait for what times out
            "losses": self.tally.losses,
        }
        if self.plan.upload:
            result["sha256"] = hashlib.sha256(self._upload_body).hexdigest()
        _say("result", **result)
        return 1 if lost else 0

    async def _worker(self, numbers):
        for number in numbers:
            await self._one(number)

    async def _progress(self):
        while True:
            await asyncio.sleep(PROGRESS_INTERVAL_S)
            _say("progress", completed=self.tally.completed, lost=len(self.tally.losses))

    async def _one(self, number):
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setblocking(False)
        transfer = Transfer(self, connection, number)
        try:
            async with asyncio.timeout(self.plan.timeout_s) as transfer.deadline:
                await transfer.run()
            self.tally.completed += 1
            self.tally.last_completed = time.monotonic()
        except (Lost, OSError) as failure:
            self._note_loss(transfer, _reason(failure))
        finally:
            connection.close()

    def _note_loss(self, transfer, reason):
        self.tally.losses.append(
            {
                "reason": reason,
                "request": transfer.number,
                "source_port": transfer.source_port,
                "received_bytes": transfer.received_bytes,
                "at_monotonic_s": round(time.monotonic(), 3),
            }
        )
        self.say_if_paused()

    def say_if_paused(self):
        """Once all connections stand still (or are lost), for whoever waits for that."""
        if self.plan.pause_after >= 0 and not self.resumed.is_set():
            if self.tally.paused + len(self.tally.losses) == self.plan.at_once:
                _say("paused", connections=self.tally.paused, lost=len(self.tally.losses))


class Transfer:
    """One request on one connection."""

    def __init__(self, client, connection, number):
        self.client = client
        self.plan = client.plan
        self.connection = connection
        self.number = number
        self.source_port = 0
        self.received_bytes = 0
        self.deadline = None
        self._moved_bytes = 0  # of the body, in either direction
        self._paused_once = False
        self._began = time.monotonic()
        self._loop = asyncio.get_running_loop()

    async def run(self):
        plan = self.plan
        if plan.slow:
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_RECEIVE_BUFFER_BYTES
            )
        await self._loop.sock_connect(self.connection, (plan.address, plan.port))
        self.source_port = self.connection.getsockname()[1]
        await (self._upload() if plan.upload else self._download())

    async def _download(self):
        plan = self.plan
        request = f"GET {plan.path} HTTP/1.0\r\nHost: {plan.address}\r\n\r\n"
        await self._loop.sock_sendall(self.connection, request.encode())
        head = await self._head()
        header, _, body = head.partition(b"\r\n\r\n")
        if header.split()[1:2] != [b"200"]:
            raise Lost("wrong")
        digest = hashlib.sha256()
        while body:
            digest.update(body)
            await self._pace(len(body))
            body = await self._receive()
        if self._moved_bytes < plan.body_bytes:
            raise Lost("short")
        if self._moved_bytes > plan.body_bytes or digest.hexdigest() != plan.sha256:
            raise Lost("wrong")

    async def _upload(self):
        plan, body = self.plan, self.client._upload_body
        header = (
            f"PUT {plan.path}{self.number} HTTP/1.1\r\nHost: {plan.address}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        await self._loop.sock_sendall(self.connection, header.encode())
        step = SLOW_READ_BYTES if plan.slow else READ_BYTES
        for start in range(0, len(body), step):
            part = body[start : start + step]
            await self._loop.sock_sendall(self.connection, part)
            await self._pace(len(part))
        head = await self._head()
        if head.split()[1:2] not in ([b"201"], [b"204"]):
            raise Lost("wrong")

    async def _head(self):
        head = b""
        while b"\r\n\r\n" not in head:
            part = await self._receive()
            if not part:
                raise Lost("short")
            head += part
        return head

    async def _receive(self):
        size = SLOW_READ_BYTES if self.plan.slow else READ_BYTES
        part = await self._loop.sock_recv(self.connection, size)
        self.received_bytes += len(part)
        self.client.tally.received_bytes += len(part)
        return part

    async def _pace(self, moved):
        self._moved_bytes += moved
        if self.plan.rate:
            due = self._began + self._moved_bytes / self.plan.rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        if 0 <= self.plan.pause_after <= self._moved_bytes and not self._paused_once:
            await self._pause()

    async def _pause(self):
        self._paused_once = True
        self.deadline.reschedule(None)
        self.client.tally.paused += 1
        self.client.say_if_paused()
        await self.client.resumed.wait()
        self.deadline.reschedule(self._loop.time() + self.plan.timeout_s)


def _reason(failure):
    names = {
        ConnectionRefusedError: "refused",
        ConnectionResetError: "reset",
        BrokenPipeError: "reset",
        TimeoutError: "timeout",
    }
    return names.get(type(failure)) or str(failure)


def _say(event, **values):
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps({"event": event, **values}), flush=True)


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, default=80)
    parser.add_argument("--path", required=True, help="with --upload the number is added to it")
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--at-once", type=int, required=True)
    parser.add_argument("--timeout-s", type=float, default=30.0, help="of one connection")
    parser.add_argument("--sha256", default="", help="of the body to download")
    parser.add_argument("--body-bytes", type=int, required=True)
    parser.add_argument("--rate", type=int, default=0, help="bytes/s of each connection")
    parser.add_argument(
        "--pause-after",
        type=int,
        default=-1,
        help="each connection stops after so many bytes of the body until a line comes on stdin; "
        "needs as many at once as requests",
    )
    parser.add_argument("--upload", action="store_true", help="PUT instead of GET")
    plan = Plan(**vars(parser.parse_args()))
    if plan.pause_after >= 0 and plan.at_once != plan.requests:
        parser.error("--pause-after needs --at-once to be the same as --requests")
    if plan.pause_after >= plan.body_bytes:
        parser.error("--pause-after must be less than --body-bytes")
    return plan


async def _main(plan):
    client = Client(plan)
    if plan.pause_after >= 0:
        loop = asyncio.get_running_loop()

        def resume():
            os.read(sys.stdin.fileno(), 4096)
            loop.remove_reader(sys.stdin)
            client.resumed.set()

        loop.add_reader(sys.stdin, resume)
    return await client.run()


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(_arguments())))
