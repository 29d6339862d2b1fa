# SPDX-License-Identifier: Apache-2.0
"""Requests to the API that are refused: they say why, and nothing has changed."""

import pytest

BAD_PATHS = [
    ("PUT", "/add/10.0.10.0/33/10.0.0.1", 400),
    ("PUT", "/add/10.0.10.0/-1/10.0.0.1", 400),
    ("PUT", "/add/10.0.10.0/08/10.0.0.1", 400),
    ("PUT", "/add/10.0.10.1/24/10.0.0.1", 400),  # bits beyond the prefix
    ("PUT", "/add/10.0.10/32/10.0.0.1", 400),
    ("PUT", "/add/10.0.10.0/32/0.0.0.1x", 400),
    ("PUT", "/add/10.0.10.0/32/nobody", 400),
    ("PUT", "/add/10.0.10.0/32/10.0.0.1?port=80", 400),
    ("PUT", "/add/10.0.10.0/32/10.0.0.1?port=0&protocol=tcp", 400),
    ("PUT", "/add/10.0.10.0/32/10.0.0.1?port=65536&protocol=tcp", 400),
    ("PUT", "/add/10.0.10.0/32/10.0.0.1?port=80&protocol=icmp", 400),
    ("PUT", "/add/10.0.10.0/24/10.0.0.1?port=80&protocol=tcp", 400),
    ("PUT", "/add/10.0.10.0/32/10.0.0.1?weight=0", 400),
    ("PUT", "/add/10.0.10.0/32/10.0.0.1?weight=1&weight=2", 400),
    ("PUT", "/add/10.0.10.0/32/10.0.0.1?wieght=2", 400),
    ("PUT", "/del/10.0.10.0/32/10.0.0.1?weight=2", 400),
    ("PUT", "/neigh/add/10.0.0.9/5/02:03:04:05:06:09", 400),  # there are ports 0 to 4
    ("PUT", "/neigh/add/10.0.0.9/x/02:03:04:05:06:09", 400),
    ("PUT", "/neigh/add/10.0.0.9/1/02:03:04:05:06", 400),
    ("PUT", "/neigh/add/10.0.0.9/1/ff:ff:ff:ff:ff:ff", 400),
    ("PUT", "/neigh/add/10.0.0.9/1/03:03:04:05:06:09", 400),  # a group address
    ("PUT", "/neigh/add/224.0.0.1/1/02:03:04:05:06:09", 400),
    ("PUT", "/neigh/add/0.0.0.0/1/02:03:04:05:06:09", 400),
    ("PUT", "/neigh/del/10.0.0.200", 404),
    ("PUT", "/add/10.0.10.0/32", 404),
    ("PUT", "/instal", 404),
    ("PUT", "/", 404),
    ("GET", "/tables/arp", 404),
    ("GET", "/install", 405),
    ("GET", "/clear", 405),
    ("POST", "/install", 405),
    ("DELETE", "/add/10.0.10.0/32/10.0.0.1", 405),
    ("PUT", "/tables", 405),
]


@pytest.fixture(scope="module")
def router(shared_router):
    """With something to lose: a generation, a neighbour and a queue."""
    router = shared_router(placement="modulo")
    router.put("/neigh/add/10.0.0.1/1/02:03:04:05:06:01")
    router.put("/add/10.0.10.0/32/10.0.0.1")
    router.install()
    router.put("/add/10.0.10.0/32/10.0.0.2")
    return router


def everything(router):
    return router.tables(), router.get("/routes")


@pytest.mark.parametrize("method, path, status", BAD_PATHS)
def test_it_is_refused_and_changes_nothing(router, method, path, status):
    before = everything(router)
    answer, text = router.request(method, path)
    assert answer == status
    assert text
    assert everything(router) == before


def test_the_same_route_twice_in_a_queue(router):
    before = everything(router)
    for path in ("/add/10.0.10.0/32/10.0.0.2", "/add/10.0.10.0/32/10.0.0.2?weight=7"):
        status, text = router.request("PUT", path)
        assert status == 400
        assert "10.0.0.2" in text
    assert everything(router) == before


def test_what_is_not_http(router):
    with router.namespace.connect("127.0.0.1", 5000) as connection:
        connection.sendall(b"\x16\x03\x01" + bytes(range(256)) + b"\r\n\r\n")
        assert b" 200 " not in connection.recv(4096)
    everything(router)


def test_a_request_too_long(router):
    status, _ = router.request("PUT", "/add/" + "1" * 100_000)
    assert 400 <= status < 500
    everything(router)
