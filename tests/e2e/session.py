# SPDX-License-Identifier: Apache-2.0
"""A connection of the client that stays open: HTTP keep-alive on one socket, never on another."""

import http.client
import socket

from topology import SERVICE

TIMEOUT_S = 20.0


class Session:
    def __init__(self, namespace, address=SERVICE, tos=0):
        """tos: of every packet of the client, from the SYN on."""
        self._socket = namespace.connect(address, 80, tos=tos, timeout_s=TIMEOUT_S)
        self.source_port = self._socket.getsockname()[1]
        self._http = http.client.HTTPConnection(address)
        self._http.auto_open = 0  # a lost connection is an error, never a new one
        self._http.sock = self._socket

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
