#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A server of IPv6 that answers each line that it gets with its own name: naming_server NAME PORT."""

import socket
import socketserver
import sys


class _Answers(socketserver.StreamRequestHandler):
    def handle(self):
        for _ in self.rfile:
            self.wfile.write(self.server.line)


class _Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    name, port = sys.argv[1:]
    with _Server(("::", int(port)), _Answers) as server:
        server.line = f"{name}\n".encode()
        print("ready", flush=True)
        server.serve_forever()
