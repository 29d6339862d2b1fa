#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A server of UDP that answers each datagram with its own name: datagram_server NAME ADDRESS PORT."""

import socketserver
import sys


class _Answers(socketserver.BaseRequestHandler):
    def handle(self):
        _, connection = self.request
        connection.sendto(self.server.answer, self.client_address)


class _Server(socketserver.UDPServer):
    allow_reuse_address = True


if __name__ == "__main__":
    name, address, port = sys.argv[1:]
    with _Server((address, int(port)), _Answers) as server:
        server.answer = name.encode()
        print("ready", flush=True)
        server.serve_forever()
