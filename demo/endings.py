#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Signals that ask to end become one KeyboardInterrupt, at a moment when it does no harm."""

import contextlib
import signal

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_held_back = 0  # how deep
_pending = None  # name of the signal that came meanwhile


def end_on_signals():
    """So that every `with` is left; the text of the KeyboardInterrupt is the signal's name."""
    for number in _SIGNALS:
        signal.signal(number, _end)


@contextlib.contextmanager
def held_back():
    """For cleaning up: a signal takes effect afterwards, if end_on_signals() was called."""
    global _held_back
    _held_back += 1
    try:
        yield
    finally:
        _held_back -= 1
    if _pending and not _held_back:
        raise KeyboardInterrupt(_pending)


def _end(number, _frame):
    global _pending
    for each in _SIGNALS:  # one is enough: what follows is the way out
        signal.signal(each, signal.SIG_IGN)
    if not _held_back:
        raise KeyboardInterrupt(signal.Signals(number).name)
    _pending = signal.Signals(number).name
