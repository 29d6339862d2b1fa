# SPDX-License-Identifier: Apache-2.0
"""The REST API of a running router, over its Unix socket."""

import http.client
import json
import socket


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def generation(self):
        return int(self.headers["ETag"].strip('"'))


class Api:
    def __init__(self, router):
        self._router = router
        self.socket = router.state / "api.sock"

    def send(self, method, path, body=None, **headers):
        connection = UnixConnection(self.socket)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            named.setdefault("Content-Type", "application/json")
            body = json.dumps(body)
        try:
            connection.request(method, path, body, named)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path):
        answer = self.send("GET", path)
        assert answer.status == 200, answer.text
        return answer.json

    def put(self, path, body):
        answer = self.send("PUT", path, body)
        assert answer.status == 200, answer.text
        return answer.json

    def problem(self, status, method, path, body=None, **headers):
        """What is refused so, and changes nothing."""
        before = self.send("GET", "/v1/configuration")
        answer = self.send(method, path, body, **headers)
        assert answer.status == status, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json["status"] == status
        after = self.send("GET", "/v1/configuration")
        assert (after.json, after.generation) == (before.json, before.generation)
        return answer.json
