#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""download.py at the client of the lab, and what it reports while it runs."""

import json
import subprocess
import sys
from pathlib import Path

import processes
import topology
import webserver

CLIENT = Path(__file__).resolve().parent / "download.py"
PYTHON = sys.executable


class Downloads:
    """N requests, C at once, each on a new connection, of a file that all servers have.

    rate: bytes a second and connection. pause_after: each connection stops after so many bytes
    of the body until resume(); then all requests are at once. timeout_s: of one connection.
    """

    def __init__(self, lab, requests, at_once, file=webserver.LARGE_FILE, **options):
        body_bytes = (lab.directory / "content" / file).stat().st_size
        self._start(
            lab,
            requests,
            at_once,
            ["--path", f"/{file}", "--sha256", lab.hashes[file], "--body-bytes", body_bytes],
            options,
        )

    @classmethod
    def upload(cls, lab, requests, at_once, body_bytes, **options):
        """PUT /upload/0, /upload/1, ...; the same options."""
        uploads = cls.__new__(cls)
        words = ["--upload", "--path", "/upload/", "--body-bytes", body_bytes]
        uploads._start(lab, requests, at_once, words, options)
        return uploads

    def _start(self, lab, requests, at_once, words, options):
        self.requests = requests
        earlier = len(list(lab.directory.glob("*.events")))
        self._events_file = lab.directory / f"download-{earlier}.events"
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", value]
        with open(self._events_file, "wb") as events:
            self.process = lab.start(
                lab.client,
                self._events_file.stem,
                *[PYTHON, CLIENT, "--address", topology.SERVICE],
                *["--requests", requests, "--at-once", at_once, *words],
                stdin=subprocess.PIPE,
                stdout=events,
            )

    def running(self):
        return self.process.running()

    def events(self, kind):
        lines = self._events_file.read_text().splitlines(keepends=True)
        events = [json.loads(line) for line in lines if line.endswith("\n")]
        return [event for event in events if event["event"] == kind]

    def counts(self):
        """(completed, lost) so far."""
        ended = self.events("result")
        if ended:
            return ended[0]["completed"], ended[0]["connections_lost"]
        latest = (self.events("progress") or [{"completed": 0, "lost": 0}])[-1]
        return latest["completed"], latest["lost"]

    def wait_paused(self, timeout_s=60.0):
        """All connections stand at pause_after (or are lost); returns the event."""

        def paused():
            if not self.running():
                raise processes.LabError(f"the client ended: {self.process.said()}")
            return self.events("paused")

        return processes.wait_until(paused, "all downloads to pause", timeout_s)[0]

    def resume(self):
        self.process.popen.stdin.write(b"\n")
        self.process.popen.stdin.flush()

    def result(self, timeout_s=120.0):
        """Waits for the end; see download.py for what is in it."""
        self.process.wait(timeout_s)
        results = self.events("result")
        if not results:
            raise processes.LabError(f"the client failed: {self.process.said()}")
        return results[0]
