# SPDX-License-Identifier: Apache-2.0
"""What a service may do besides: affinity, flows of UDP that stay, QUIC connection IDs, echo."""

import contextlib
import socket
from pathlib import Path

import pytest
from topology import SERVICE

DATAGRAM_SERVER = Path(__file__).with_name("datagram_server.py")
UDP_PORT = 4433
TIMEOUT_S = 10.0
CLIENTS = 24
PINGS = 3
FIRST_ID, SECOND_ID = bytes([0x0A, 0x01]), bytes([0x0A, 0x02])
QUIC_SHORT_HEADER = 0x40
QUIC_LONG_HEADER = 0xC0
QUIC_NONCE_BYTES = 20  # of the connection ID, and what else there is


def quic_packet(server_id, flags=QUIC_SHORT_HEADER):
    """As far as a load balancer reads it (draft-ietf-quic-load-balancers, plain text)."""
    return bytes([flags, len(server_id)]) + server_id + bytes(QUIC_NONCE_BYTES)


def run(net, *words):
    net.router.command(*words, "--api", f"unix:{net.router.state}/api.sock")


@pytest.fixture
def net(balanced):
    """Two servers of a pool, each with a server of UDP; the tests make the services."""
    one = balanced(servers=2, active=0, pin_memory_mib=1)
    for server in one.servers:
        words = ("/usr/bin/python3", DATAGRAM_SERVER, server.name, SERVICE, UDP_PORT)
        one.lab.start(server, f"datagrams-{server.name}", *words).wait_for_line("ready")
    run(one, "pool", "add", "web")
    for server, quic_id in zip(one.servers, (FIRST_ID, SECOND_ID)):
        run(one, "backend", "add", "web", server.address, "--quic-id", quic_id.hex(":"))
    return one


@pytest.fixture
def udp(net):
    """A function that makes a socket of the client to the service of UDP."""
    with contextlib.ExitStack() as sockets:

        def make():
            client = sockets.enter_context(net.client.socket(socket.SOCK_DGRAM))
            client.settimeout(TIMEOUT_S)
            client.connect((SERVICE, UDP_PORT))
            return client

        yield make


def ask(client, payload=b"who"):
    client.send(payload)
    return client.recv(64).decode()


def names(net):
    return {server.name for server in net.servers}


def move_to_second(net):
    run(net, "backend", "set", "web", net.servers[0].address, "--state", "draining")


def add_udp_service(net, *options):
    run(net, "service", "add", f"{SERVICE}:{UDP_PORT}/udp", "--pool", "web", *options)


@pytest.mark.parametrize("affinity", ["source", "source-prefix"])
def test_all_connections_of_a_client_go_to_one_server(net, affinity):
    run(net, "service", "add", f"{SERVICE}:80/tcp", "--pool", "web", "--affinity", affinity)
    assert len({session.server() for session in net.open_sessions(CLIENTS)}) == 1


def test_connections_of_a_client_are_spread_by_its_ports(net):
    run(net, "service", "add", f"{SERVICE}:80/tcp", "--pool", "web", "--affinity", "source-ports")
    assert {session.server() for session in net.open_sessions(CLIENTS)} == names(net)


def test_a_moved_connection_with_affinity_stays_with_its_server(net):
    run(net, "service", "add", f"{SERVICE}:80/tcp", "--pool", "web", "--affinity", "source")
    session = net.open_session()
    first = next(server for server in net.servers if server.name == session.server())
    run(net, "backend", "set", "web", first.address, "--state", "draining")
    assert [session.server() for _ in range(CLIENTS)] == [first.name] * CLIENTS
    assert net.open_session().server() != first.name
    assert net.counters()["pinned"] > 0


def test_a_kept_flow_stays_where_it_began(net, udp):
    add_udp_service(net, "--keep-flows", "true")
    clients = [udp() for _ in range(CLIENTS)]
    before = [ask(client) for client in clients]
    assert set(before) == names(net)
    move_to_second(net)
    assert [ask(client) for client in clients] == before
    assert {ask(udp()) for _ in range(CLIENTS)} == {net.servers[1].name}
    assert net.counters()["kept"] >= CLIENTS


def test_a_flow_that_is_not_kept_moves(net, udp):
    add_udp_service(net)
    clients = [udp() for _ in range(CLIENTS)]
    assert {ask(client) for client in clients} == names(net)
    move_to_second(net)
    assert {ask(client) for client in clients} == {net.servers[1].name}


def test_a_quic_connection_id_names_the_server(net, udp):
    add_udp_service(net, "--quic", "true")
    for server, quic_id in zip(net.servers, (FIRST_ID, SECOND_ID)):
        # From any address and port, as after a migration.
        answers = {ask(udp(), quic_packet(quic_id)) for _ in range(CLIENTS)}
        assert answers == {server.name}
    assert net.counters()["quic"] == 2 * CLIENTS


def test_a_quic_connection_stays_with_a_server_that_drains(net, udp):
    add_udp_service(net, "--quic", "true")
    move_to_second(net)
    assert {ask(udp(), quic_packet(FIRST_ID)) for _ in range(CLIENTS)} == {net.servers[0].name}


def test_what_names_nobody_goes_by_the_hash(net, udp):
    add_udp_service(net, "--quic", "true")
    long = quic_packet(FIRST_ID, QUIC_LONG_HEADER)
    assert {ask(udp(), long) for _ in range(CLIENTS)} == names(net)
    unknown = quic_packet(b"\x77\x77")
    assert {ask(udp(), unknown) for _ in range(CLIENTS)} == names(net)
    assert net.counters()["quic"] == 0


def test_a_server_changes_its_quic_id(net, udp):
    add_udp_service(net, "--quic", "true")
    run(net, "backend", "set", "web", net.servers[0].address, "--quic-id", "0b:0c")
    renamed = quic_packet(b"\x0b\x0c")
    assert {ask(udp(), renamed) for _ in range(CLIENTS)} == {net.servers[0].name}
    run(net, "backend", "remove", "web", net.servers[1].address)
    assert {ask(udp(), quic_packet(SECOND_ID)) for _ in range(CLIENTS)} == {net.servers[0].name}


def test_options_outlive_the_daemon(net, udp):
    add_udp_service(net, "--quic", "true", "--keep-flows", "true")
    client = udp()
    before = ask(client)
    net.router.kill()
    assert ask(client) == before
    net.router.launch()
    net.router.wait_ready()
    assert ask(client) == before
    assert {ask(udp(), quic_packet(SECOND_ID)) for _ in range(CLIENTS)} == {net.servers[1].name}


def ping(net, address=SERVICE):
    return net.client.run("ping", "-c", PINGS, "-i", "0.01", "-W", "1", address, check=False)


def test_echo_to_a_service_address_is_answered(net):
    add_udp_service(net)
    assert f"{PINGS} received" in ping(net).stdout
    assert net.counters()["echo"] == PINGS


def test_echo_can_be_left_to_others(balanced):
    net = balanced(servers=1, active=0, answer_echo="false")
    run(net, "pool", "add", "web")
    run(net, "service", "add", f"{SERVICE}:80/tcp", "--pool", "web")
    ping(net)
    assert net.counters()["echo"] == 0
