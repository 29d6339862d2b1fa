# SPDX-License-Identifier: Apache-2.0
"""A connection of the client that stays open: HTTP keep-alive on one socket, never on another."""

import http.client
import socket
import struct

from topology import SERVICE

TIMEOUT_S = 20.0
ABORT_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: RST, and no TIME_WAIT


class Session:
    def __init__(self, namespace, source_port=0, tos=0, port=80):
        """tos: of every packet of the client, from the SYN on."""
        self._socket = namespace.connect(
            SERVICE, port, source_port=source_port, tos=tos, timeout_s=TIMEOUT_S
        )
        self._http = http.client.HTTPConnection(SERVICE)
        self._http.auto_open = 0  # a lost connection is an error, never a new one
        self._http.sock = self._socket

    @property
    def source_port(self):
        return self._socket.getsockname()[1]

    def get(self, path):
        """The body of the reply; an OSError or HTTPException if the connection is lost."""
        self._http.request("GET", path)
        response = self._http.getresponse()
        body = response.read()
        assert response.status == 200, f"{path}: {response.status}"
        return body

    def server(self):
        """The name of the server that answers now."""
        return self.get("/who").decode().strip()

    def set_tos(self, tos):
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)

    def close(self):
        self._http.close()
        self._socket.close()

    def abort(self):
        """Closes with a RST, so that the source port can be used again at once."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT_ON_CLOSE)
        self.close()
