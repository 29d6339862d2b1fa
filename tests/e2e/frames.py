# SPDX-License-Identifier: Apache-2.0
"""The interface of a host, frame by frame, as its kernel has them: after XDP."""

import socket
import time

from scapy.layers.l2 import Ether

ETHERTYPE_ALL = 0x0003
FRAME_MAX_BYTES = 1 << 16


class Interface:
    """Receives a copy of every frame, in both directions, from now on."""

    def __init__(self, host):
        with host.namespace.entered():
            self._socket = socket.socket(
                socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE_ALL)
            )
        self._socket.bind((host.interface, ETHERTYPE_ALL))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def send(self, frame):
        self._socket.send(bytes(frame))

    def receive(self, wanted, timeout_s):
        """The first frame for which wanted(frame) holds; TimeoutError when none comes."""
        deadline = time.monotonic() + timeout_s
        while True:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            frame = Ether(self._socket.recv(FRAME_MAX_BYTES))
            if wanted(frame):
                return frame

    def received(self):
        """All frames that wait to be read."""
        self._socket.setblocking(False)
        frames = []
        while True:
            try:
                frames.append(Ether(self._socket.recv(FRAME_MAX_BYTES)))
            except BlockingIOError:
                return frames
