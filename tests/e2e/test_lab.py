# SPDX-License-Identifier: Apache-2.0
"""The network of the demos and tests: it carries traffic, and nothing of it stays behind."""

import os
import signal
import subprocess
import sys

import pytest

import lab
import processes
import topology
from conftest import DEMO

HOLD_A_LAB = """
import sys, threading, endings
import lab
endings.end_on_signals()
with lab.Lab(servers=2) as one:
    if "keep" in sys.argv:
        one.keep()
        print(one.id, flush=True)
        sys.exit()
    print(one.id, flush=True)
    threading.Event().wait()
"""


def holder(*arguments):
    """Another process that holds a lab; returns (Popen, id of the lab)."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD_A_LAB, *arguments],
        env=os.environ | {"PYTHONPATH": str(DEMO)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    lab_id = process.stdout.readline().strip()
    process.stdout.close()
    assert lab_id, "the other process made no lab"
    return process, lab_id


def traces_of(lab_id):
    """Namespaces, processes and files that belong to it."""
    namespaces = processes.run("ip", "netns", "list").stdout.split()
    found = [name for name in namespaces if name.startswith(f"rch-{lab_id}-")]
    if (lab.LABS_DIRECTORY / lab_id).exists():
        found.append(str(lab.LABS_DIRECTORY / lab_id))
    found += processes.run("pgrep", "-f", f"ricochet-lab/{lab_id}", check=False).stdout.split()
    return found


def test_client_reaches_a_server_through_the_kernel_of_the_router(make_lab):
    one = make_lab(servers=2)
    route_to(one, 2)
    with one.client.namespace.connect(topology.SERVICE, 80) as connection:
        connection.sendall(b"GET /who HTTP/1.0\r\n\r\n")
        reply = b""
        while part := connection.recv(4096):
            reply += part
    assert reply.endswith(b"\r\n\r\nns2\n")
    assert one.servers[1].namespace.tcp_counter("TcpInCsumErrors") == 0


def route_to(one, number):
    server = one.servers[number - 1]
    one.router_namespace.ip(
        f"route replace {topology.SERVICE}/32 via {server.address}"
        f" dev {server.router_interface} onlink"
    )


def test_two_labs_at_once_do_not_disturb_each_other(make_lab):
    first, second = make_lab(servers=1), make_lab(servers=1)
    for one in (first, second):
        route_to(one, 1)
    downloads = [one.download(requests=2, at_once=1, file="10B.txt") for one in (first, second)]
    assert [download.result()["connections_lost"] for download in downloads] == [0, 0]
    second_id = second.id
    second.close()
    assert traces_of(second_id) == []
    assert first.download(requests=1, at_once=1, file="10B.txt").result()["completed"] == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_behind(number):
    process, lab_id = holder()
    assert traces_of(lab_id)
    process.send_signal(number)
    process.wait(timeout=30)
    assert traces_of(lab_id) == []


def test_signals_again_and_again_leave_nothing_behind():
    process, lab_id = holder()
    while process.poll() is None:
        process.send_signal(signal.SIGTERM)
    assert traces_of(lab_id) == []


def test_what_a_killed_owner_leaves_is_removed_later():
    process, lab_id = holder()
    process.kill()
    process.wait()
    assert traces_of(lab_id)
    assert lab_id in lab.remove_leftovers()
    assert traces_of(lab_id) == []


def test_a_kept_lab_stays_until_it_is_removed():
    process, lab_id = holder("keep")
    assert process.wait(timeout=30) == 0
    assert traces_of(lab_id)
    assert lab_id in lab.remove_leftovers()
    assert traces_of(lab_id) == []


def test_a_lab_in_use_is_not_a_leftover(make_lab):
    one = make_lab(servers=1)
    assert one.id not in lab.remove_leftovers()
    assert traces_of(one.id)


def test_a_lab_that_cannot_be_built_leaves_nothing(monkeypatch):
    one = lab.Lab(servers=2)
    monkeypatch.setattr(topology, "configure_client", lambda host: 1 / 0)
    with pytest.raises(ZeroDivisionError), one:
        pass
    assert traces_of(one.id) == []
