# SPDX-License-Identifier: Apache-2.0
"""The routes of the ECMP-ER paper's controller, as its published scripts use them."""

from pathlib import Path

import pytest

URL = "localhost:5000"
VIP = "10.0.10.0/32"
PUBLISHED = Path(__file__).resolve().parents[1] / "data/ecmper/two-servers.tables.txt"
LISTING = PUBLISHED.read_text()
# What the scripts' HTTP client says of itself, beside what curl says.
HTTPIE_HEADERS = ["Accept-Encoding: gzip, deflate", "Connection: keep-alive", "Content-Length: 0"]

CLEAR_AND_NEIGHBOURS = [
    "clear",
    "neigh/add/10.0.0.1/1/02:03:04:05:06:01",
    "neigh/add/10.0.0.2/2/02:03:04:05:06:02",
    "neigh/add/10.0.0.3/3/02:03:04:05:06:03",
    "neigh/add/10.0.0.4/4/02:03:04:05:06:04",
    "neigh/add/10.0.1.99/0/02:03:04:05:06:99",
]


@pytest.fixture(scope="module")
def paper_router(shared_router):
    return shared_router(history="two-tables", placement="modulo", mark="ecmp-er")


@pytest.fixture
def router(paper_router):
    """As the base script leaves it."""
    for path in CLEAR_AND_NEIGHBOURS:
        put(paper_router, path)
    return paper_router


def curl(router, *words):
    return router.namespace.run("curl", "--silent", "--show-error", "--compressed", *words)


def put(router, path):
    headers = [word for header in HTTPIE_HEADERS for word in ("--header", header)]
    return curl(router, "--fail-with-body", "--request", "PUT", *headers, f"{URL}/{path}").stdout


def tables(router, name=""):
    return curl(router, "--fail-with-body", f"{URL}/tables{name}").stdout


def section(name, rows):
    """A table of the listing."""
    title = f" Table SwitchIngress.ecmper.{name}"
    line = "-" * (len(title) + 1)
    numbered = [f"{number} | {row}" for number, row in enumerate(rows, 1)]
    return "\n".join([line, title, line, *numbered, ""])


def nexthop_rows(*addresses):
    rows = ["match: nh_index: 0 | action: drop( )"]
    for index, address in enumerate(addresses, 1):
        rows.append(f"match: nh_index: {index} | action: set_nexthop( nexthop: {address} )")
    return rows


def lpm_row(prefix, current, previous):
    """current, previous: (offset, count)."""
    return (
        f"match: dstAddr: {prefix} | action: set_nh_index("
        f" cur_nh_offset: {current[0]} cur_nh_count: {current[1]}"
        f" prv_nh_offset: {previous[0]} prv_nh_count: {previous[1]} )"
    )


def listing(lpm, current, previous):
    """With the neighbours of the base script."""
    neighbours = LISTING[LISTING.index(section("neigh", [])) :]
    return (
        section("ipv4_lpm", lpm)
        + section("cur_nh", nexthop_rows(*current))
        + section("prv_nh", nexthop_rows(*previous))
        + neighbours
    )


def owners(*numbers):
    return [f"10.0.0.{number}" for number in numbers]


def test_the_walk_of_demo_1(router):
    """The lengths are those of the replies that the authors published."""
    empty = tables(router)
    assert empty == listing([], [], [])
    assert len(empty) == 949
    put(router, "add/10.0.10.0/32/10.0.0.1")
    put(router, "install")
    one = tables(router)
    assert one == listing([lpm_row(VIP, (1, 1), (1, 0))], owners(1), [])
    assert len(one) == 1140
    put(router, "add/10.0.10.0/32/10.0.0.2")
    put(router, "install")
    assert tables(router) == LISTING
    assert len(LISTING) == 1668


def test_the_steps_of_demo_2(router):
    """Servers 2, 3, 4 come and go; a count is four times the next power of two."""
    put(router, "add/10.0.10.0/32/10.0.0.1")
    put(router, "install")
    expected = {
        "add/10.0.10.0/32/10.0.0.2": owners(1, 2) * 4,
        "add/10.0.10.0/32/10.0.0.3": (owners(1, 2, 3) * 6)[:16],
        "add/10.0.10.0/32/10.0.0.4": owners(1, 2, 3, 4) * 4,
        "del/10.0.10.0/32/10.0.0.4": (owners(1, 2, 3) * 6)[:16],
        "del/10.0.10.0/32/10.0.0.3": owners(1, 2) * 4,
        "del/10.0.10.0/32/10.0.0.2": owners(1),
    }
    previous = owners(1)
    for path, current in expected.items():
        put(router, path)
        put(router, "install")
        row = lpm_row(VIP, (1, len(current)), (1, len(previous)))
        assert tables(router) == listing([row], current, previous), path
        previous = current


def test_a_connected_network(router):
    """Of the authors' test script: the way back to the client."""
    put(router, "add/10.0.10.0/32/10.0.0.1")
    put(router, "add/10.0.1.0/24/connected")
    put(router, "install")
    rows = [lpm_row("10.0.1.0/24", (1, 1), (1, 0)), lpm_row(VIP, (2, 1), (1, 0))]
    assert tables(router) == listing(rows, ["0.0.0.0", "10.0.0.1"], [])
    put(router, "del/10.0.1.0/24/connected")
    put(router, "install")
    rows = [lpm_row("10.0.1.0/24", (1, 0), (1, 1)), lpm_row(VIP, (1, 1), (2, 1))]
    assert tables(router) == listing(rows, ["10.0.0.1"], ["0.0.0.0", "10.0.0.1"])
    put(router, "install")
    assert tables(router) == listing([lpm_row(VIP, (1, 1), (1, 1))], owners(1), owners(1))


def test_nothing_is_in_force_before_install(router):
    before = tables(router)
    put(router, "add/10.0.10.0/32/10.0.0.1")
    put(router, "del/10.0.10.0/32/10.0.0.2")
    assert tables(router) == before
    assert "10.0.10.0/32 to 10.0.0.1 (added by the next install)" in router.get("/routes")


def test_install_makes_one_generation_of_all_that_is_queued(router):
    before = router.tables()["generation"]
    for number in (1, 2, 3):
        put(router, f"add/10.0.10.0/32/10.0.0.{number}")
    put(router, "del/10.0.10.0/32/10.0.0.2")
    put(router, "install")
    assert router.tables()["generation"] == before + 1
    assert tables(router) == listing([lpm_row(VIP, (1, 8), (1, 0))], owners(1, 3) * 4, [])


@pytest.mark.parametrize("name", ["ipv4_lpm", "cur_nh", "prv_nh", "neigh"])
def test_one_table(router, name):
    put(router, "add/10.0.10.0/32/10.0.0.1")
    put(router, "install")
    heading, *rows = tables(router, f"/{name}").splitlines()
    assert heading == f"| Table SwitchIngress.ecmper.{name}"
    assert section(name, []) + "".join(f"{row}\n" for row in rows) in tables(router)


def test_a_neighbour_is_deleted(router):
    put(router, "neigh/del/10.0.1.99")
    assert tables(router) == listing([], [], []).removesuffix(LISTING.splitlines(True)[-1])


def test_clear_forgets_everything(router):
    put(router, "add/10.0.10.0/32/10.0.0.1")
    put(router, "install")
    put(router, "add/10.0.10.0/32/10.0.0.2")
    put(router, "clear")
    empty = [section("ipv4_lpm", []), section("cur_nh", nexthop_rows())]
    empty += [section("prv_nh", nexthop_rows()), section("neigh", [])]
    assert tables(router) == "".join(empty)
    put(router, "install")
    assert tables(router) == "".join(empty)


def test_a_plain_put_of_curl(router):
    """Without a body and without its length."""
    path = f"{URL}/add/10.0.10.0/32/10.0.0.1"
    answer = curl(router, "--fail-with-body", "-X", "PUT", path).stdout
    assert answer.startswith("Route: 10.0.10.0/32 to 10.0.0.1 enqueued")


def test_with_four_owners_a_count_does_not_fall(shared_router):
    """The previous table shows each bucket's newest previous owner."""
    router = shared_router(placement="modulo")
    for path in CLEAR_AND_NEIGHBOURS:
        put(router, path)
    for number in (1, 2, 3):
        put(router, f"add/10.0.10.0/32/10.0.0.{number}")
    put(router, "install")
    put(router, "del/10.0.10.0/32/10.0.0.3")
    put(router, "install")
    before, after = (owners(1, 2, 3) * 6)[:16], owners(1, 2) * 8
    shown, previous = tables(router), tables(router, "/prv_nh")
    assert f"{lpm_row(VIP, (1, 16), (1, 16))}\n" in shown
    assert section("cur_nh", nexthop_rows(*after)) in shown
    for index, (old, new) in enumerate(zip(before, after), 1):
        action = f"set_nexthop( nexthop: {old} )" if old != new else "drop( )"
        assert f" | match: nh_index: {index} | action: {action}\n" in previous
