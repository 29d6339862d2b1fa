# SPDX-License-Identifier: Apache-2.0
"""The download client notices every way in which a connection can be lost."""

import hashlib
import socket
import threading

import pytest

import webserver
from topology import SERVICE

CONTENT = webserver.SMALL_CONTENT
HEADER = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"


@pytest.fixture
def direct(make_lab):
    """A lab whose client reaches the one server by a plain route."""
    one = make_lab(servers=1, rate_mbit=0)
    server = one.servers[0]
    one.router_namespace.ip(
        f"route add {SERVICE}/32 via {server.address} dev {server.router_interface} onlink"
    )
    return one


def test_what_arrives_whole_is_not_lost(direct):
    result = direct.download(requests=20, at_once=4).result()
    assert (result["completed"], result["connections_lost"]) == (20, 0)
    assert result["received_bytes"] > 20 * webserver.LARGE_BYTES


def reply_with(lab, reply, reset=False):
    """One connection to port 8080 of the server gets these bytes, then FIN or RST, or if `reply`
    is None nothing at all."""
    listener = lab.servers[0].namespace.socket()
    listener.bind((SERVICE, 8080))
    listener.listen()

    def serve():
        connection, _ = listener.accept()
        connection.recv(4096)
        if reply is None:
            connection.recv(4096)  # until the client gives up
        else:
            connection.sendall(reply)
        if reset:
            linger_off = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_off)
        connection.close()
        listener.close()

    threading.Thread(target=serve, daemon=True).start()


@pytest.mark.parametrize(
    "reply, reset, reason",
    [
        (HEADER + CONTENT[:-1], False, "short"),
        (HEADER[:-2], False, "short"),
        (HEADER + CONTENT[:-1] + b"x", False, "wrong"),
        (HEADER + CONTENT + b"x", False, "wrong"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n" + CONTENT, False, "wrong"),
        (HEADER + CONTENT, True, "reset"),
        (None, False, "timeout"),
    ],
)
def test_a_loss_is_noticed(direct, reply, reset, reason):
    reply_with(direct, reply, reset)
    downloads = direct.download(1, 1, "10B.txt", port=8080, timeout_s=2)
    result = downloads.result()
    assert result["connections_lost"] == 1
    assert result["losses"][0]["reason"] == reason


def test_a_closed_port_is_a_loss(direct):
    result = direct.download(1, 1, "10B.txt", port=8080).result()
    assert result["losses"][0]["reason"] == "refused"


def test_paused_downloads_wait_with_data_at_the_server(direct):
    downloads = direct.download(requests=5, at_once=5, pause_after=65536)
    assert downloads.wait_paused()["connections"] == 5
    assert direct.servers[0].namespace.run("ss", "-Htn", "sport = :80").stdout.count("ESTAB") == 5
    assert not downloads.events("result")
    downloads.resume()
    assert downloads.result()["completed"] == 5


def test_a_rate_is_kept(direct):
    result = direct.download(requests=1, at_once=1, rate=4 * webserver.LARGE_BYTES).result()
    assert result["completed"] == 1
    assert result["duration_s"] >= 0.25


def test_uploads_arrive(direct):
    result = direct.upload(requests=3, at_once=3, body_bytes=300_000).result()
    assert result["completed"] == 3
    for number in range(3):
        uploaded = direct.web["ns1"].directory / "upload" / str(number)
        assert hashlib.sha256(uploaded.read_bytes()).hexdigest() == result["sha256"]
