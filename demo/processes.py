#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Start programs, wait for what they say, and be sure that they end."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

POLL_S = 0.01


class LabError(Exception):
    """Something of the network or of a program in it failed; the text says what and why."""


def wait_until(condition, what, timeout_s=10.0):
    """Returns the first true value of condition(); LabError with `what` when none comes."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise LabError(f"waited {timeout_s:g} s in vain for {what}")
        time.sleep(POLL_S)


def run(*command, check=True, stdin=None):
    """Runs a short command to its end and returns the CompletedProcess; text in and out."""
    result = subprocess.run(
        [str(word) for word in command], input=stdin, capture_output=True, text=True
    )
    if check and result.returncode != 0:
        said = (result.stderr or result.stdout).strip()
        raise LabError(f"`{' '.join(map(str, command))}` ended with {result.returncode}: {said}")
    return result


class Process:
    """A long-running program in a process group of its own; stdout and stderr go to one log."""

    def __init__(self, command, log, stdin=subprocess.DEVNULL, stdout=None):
        self.name = Path(log).stem
        self.log = Path(log)
        with open(log, "ab") as log_file:
            self._searched_bytes = log_file.tell()
            self.popen = subprocess.Popen(
                [str(word) for word in command],
                stdin=stdin,
                stdout=log_file if stdout is None else stdout,
                stderr=log_file,
                start_new_session=True,
            )
        self.pid = self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def wait_for_line(self, pattern, timeout_s=20.0):
        """Waits for a line of this run's log that matches; returns the match."""
        expression = re.compile(pattern)

        def found():
            text = self.said()
            match = expression.search(text)
            if not match and not self.running():
                raise LabError(
                    f"{self.name} ended with {self.popen.returncode} before it said "
                    f"'{pattern}'; its log:\n{text}"
                )
            return match

        return wait_until(found, f"'{pattern}' in {self.log}", timeout_s)

    def said(self):
        """What this run wrote to its log so far."""
        with open(self.log, "rb") as log_file:
            log_file.seek(self._searched_bytes)
            return log_file.read().decode(errors="replace")

    def wait(self, timeout_s=10.0):
        """Waits for its own end; returns the exit code."""
        if not self.ends_within(timeout_s):
            raise LabError(f"{self.name} still runs after {timeout_s:g} s")
        return self.popen.returncode

    def ends_within(self, timeout_s):
        """Waits for its own end, but no longer than this; says whether it has ended."""
        try:
            self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, timeout_s=5.0):
        """SIGTERM, and SIGKILL to the whole group if that does not help; returns the exit code."""
        if self.running():
            self.popen.terminate()
        self.ends_within(timeout_s)
        return self.kill()

    def kill(self):
        """SIGKILL to the whole group, as if the power was cut; returns the exit code."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        code = self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe:
                pipe.close()
        return code
