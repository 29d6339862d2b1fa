# SPDX-License-Identifier: Apache-2.0
"""`ricochet capture` shows what XDP does with packets, which other tools do not see."""

import json
import signal
import subprocess

import processes
import pytest
import segment
from frames import Interface
from raw_client import ADDRESS, RawFlow
from scapy.layers.inet import IP, TCP
from topology import SERVICE

PORT = 40_000
FLOW = f"{ADDRESS}:{PORT},{SERVICE}:80"
REQUEST = b"GET /who "


@pytest.fixture
def moved(raw):
    """A connection with ns1 whose packets go to ns2 first."""
    net, client = raw(servers=2)
    flow = RawFlow(client, PORT)
    flow.connect()
    net.move(*net.servers)
    return net, flow


def verdict(packet):
    return packet.comment.partition(":")[0]


def steps_of_request(packets):
    """(interface, direction, verdict, ToS, TTL) of each sight of the request."""
    found = []
    for packet in packets:
        decoded = segment.decode(packet.data)
        if decoded and decoded.payload.startswith(REQUEST):
            seen_at = (packet.interface, packet.direction, verdict(packet))
            found.append((*seen_at, decoded.tos, decoded.ttl))
    return found


def captured(daemon, flow, file, steps, *filters):
    """What a capture has of one request, once it has so many steps."""
    capture = daemon.capture(file, *filters)
    assert flow.server() == "ns1"
    processes.wait_until(lambda: len(steps_of_request(capture.packets())) >= steps, "the request")
    return steps_of_request(capture.stop())


def test_the_router_sees_a_bounce_from_all_sides(moved, tmp_path):
    net, flow = moved
    assert captured(net.router, flow, tmp_path / "router.pcapng", 4) == [
        ("veth100", "in", "forward", 0, 64),
        ("veth102", "out", "forward", 0, 63),
        ("veth102", "in", "bounced", 0x0C, 62),
        ("veth101", "out", "bounced", 0x0C, 61),
    ]


def test_an_agent_sees_what_its_kernel_does_not(moved, tmp_path):
    net, flow = moved
    with Interface(net.servers[1]) as kernel:
        assert captured(net.agents[1], flow, tmp_path / "agent.pcapng", 2) == [
            ("veth2", "in", "bounce", 0, 63),
            ("veth2", "out", "bounce", 0x0C, 62),
        ]
        assert not [frame for frame in kernel.received() if TCP in frame and is_of_flow(frame)]


def is_of_flow(frame):
    return frame[IP].src == ADDRESS and frame[TCP].sport == PORT


def test_a_packet_that_is_taken_is_shown_once(moved, tmp_path):
    net, flow = moved
    assert captured(net.agents[0], flow, tmp_path / "agent.pcapng", 1) == [
        ("veth1", "in", "take_socket", 0x0C, 61)
    ]


@pytest.mark.parametrize(
    "words",
    [("--service", SERVICE), ("--service", f"{SERVICE}:80"), ("--tuple", FLOW)],
    ids=["address", "address-and-port", "flow"],
)
def test_a_filter_that_fits(moved, tmp_path, words):
    net, flow = moved
    other = net.open_session()
    assert other.server() == "ns2"
    assert len(captured(net.router, flow, tmp_path / "router.pcapng", 4, *words)) == 4


def ends_in(capture):
    """(source, source port, destination, destination port) of what was captured."""
    decoded = [segment.decode(packet.data) for packet in capture.stop()]
    return {
        (each.source, each.source_port, each.destination, each.destination_port)
        for each in decoded
    }


def test_a_flow_leaves_out_all_others(moved, tmp_path):
    net, flow = moved
    capture = net.router.capture(tmp_path / "router.pcapng", "--tuple", FLOW)
    assert net.open_session().server() == "ns2"
    assert flow.server() == "ns1"
    processes.wait_until(capture.packets, "a packet")
    assert ends_in(capture) == {(ADDRESS, PORT, SERVICE, 80), (SERVICE, 80, ADDRESS, PORT)}


def test_a_service_leaves_out_other_ports(moved, tmp_path):
    net, flow = moved
    capture = net.router.capture(tmp_path / "router.pcapng", "--service", f"{SERVICE}:81")
    assert flow.server() == "ns1"
    with pytest.raises(ConnectionRefusedError):
        net.client.connect(SERVICE, 81, source_port=PORT)
    processes.wait_until(capture.packets, "a packet")
    client = net.lab.client.address
    assert ends_in(capture) == {(client, PORT, SERVICE, 81), (SERVICE, 81, client, PORT)}


def test_wireshark_reads_the_file(moved, tmp_path):
    net, flow = moved
    file = tmp_path / "router.pcapng"
    captured(net.router, flow, file, 4, "--tuple", FLOW)
    columns = ["frame.interface_name", "frame.packet_flags_direction", "frame.comment"]
    columns += ["ip.dsfield.dscp", "tcp.checksum.status"]
    lines = processes.run(
        *["tshark", "-n", "-r", file, "-o", "tcp.check_checksum:TRUE"],
        *["-Y", f'tcp.payload contains "{REQUEST.decode()}"', "-T", "fields"],
        *[word for column in columns for word in ("-e", column)],
    ).stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    good = "1"
    assert [(row[0], row[2].partition(":")[0], row[3], row[4]) for row in rows] == [
        ("veth100", "forward", "0", good),
        ("veth102", "forward", "0", good),
        ("veth102", "bounced", "3", good),
        ("veth101", "bounced", "3", good),
    ]
    inwards, outwards = rows[0][1], rows[1][1]
    assert [row[1] for row in rows] == [inwards, outwards] * 2
    assert inwards != outwards


def test_json_lines(moved):
    net, flow = moved
    words = ("capture", "--state", net.router.state, "--json", "--count", 4, "--tuple", FLOW)
    capture = net.lab.start(net.lab.router_namespace, "lines", net.router.binary, *words)
    capture.wait_for_line("capturing")
    flow.send("PA", REQUEST)
    assert capture.wait() == 0
    lines = [json.loads(line) for line in capture.said().splitlines() if line.startswith("{")]
    assert [(line["interface"], line["direction"], line["verdict"]) for line in lines] == [
        ("veth100", "in", "forward"),
        ("veth102", "out", "forward"),
        ("veth102", "in", "bounced"),
        ("veth101", "out", "bounced"),
    ]
    for line in lines:
        assert (line["source"], line["source_port"]) == (ADDRESS, PORT)
        assert line["payload_bytes"] == len(REQUEST)


def test_lines_for_people(moved):
    net, flow = moved
    words = ("capture", "--state", net.router.state, "--count", 4, "--tuple", FLOW)
    capture = net.lab.start(net.lab.router_namespace, "lines", net.router.binary, *words)
    capture.wait_for_line("capturing")
    flow.send("PA", REQUEST)
    assert capture.wait() == 0
    lines = [line for line in capture.said().splitlines() if "Flags [P.]" in line]
    assert len(lines) == 4
    assert "veth102 in" in lines[2] and lines[2].endswith("| bounced")
    assert "ToS 0x0c (attempt 1)" in lines[2]


def test_a_file_on_standard_output(moved):
    net, flow = moved
    words = ("capture", "--state", net.router.state, "-w", "-", "--count", 4, "--tuple", FLOW)
    capture = net.lab.start(
        *[net.lab.router_namespace, "pipe", net.router.binary, *words], stdout=subprocess.PIPE
    )
    capture.wait_for_line("capturing")
    flow.send("PA", REQUEST)
    tshark = subprocess.run(
        ["tshark", "-n", "-r", "-"], input=capture.popen.stdout.read(), capture_output=True
    )
    assert capture.wait() == 0
    assert tshark.stdout.count(b"\n") == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_capture_with_success(moved, tmp_path, number):
    net, _ = moved
    capture = net.router.capture(tmp_path / "router.pcapng")
    capture.process.popen.send_signal(number)
    assert capture.process.wait() == 0


def test_a_capture_ends_when_its_time_is_over(moved):
    net, _ = moved
    words = ("capture", "--state", net.router.state, "--duration-s", 1, "--json")
    result = net.router.command(*words)
    assert all(json.loads(line) for line in result.stdout.splitlines())


def test_one_capture_at_a_time(moved, tmp_path):
    net, flow = moved
    first = net.router.capture(tmp_path / "first.pcapng")
    words = ("capture", "--state", net.router.state, "--duration-s", 1)
    second = net.router.command(*words, check=False)
    assert second.returncode == 1
    assert "capture" in second.stderr
    first.process.kill()
    assert len(captured(net.router, flow, tmp_path / "second.pcapng", 4)) == 4


def test_a_capture_needs_no_daemon(moved, tmp_path):
    net, flow = moved
    net.router.kill()
    assert len(captured(net.router, flow, tmp_path / "router.pcapng", 4)) == 4
