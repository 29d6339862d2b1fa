# SPDX-License-Identifier: Apache-2.0
"""The router's daemon as a process: its capabilities, its log, its configuration file, and what it
leaves when it ends."""

import json

import cables
import processes
import pytest
import transfers
from kernel_facts import CAPABILITY_SETS, capabilities, has_xdp, pins

CAP_NET_ADMIN = 1 << 12
CAP_BPF = 1 << 39
NEEDED = CAP_NET_ADMIN | CAP_BPF
KEPT = dict.fromkeys(CAPABILITY_SETS, 0) | dict.fromkeys(("CapPrm", "CapEff", "CapBnd"), NEEDED)

CONFIGURATION = """\
version: 1
router:
  ports: [{ports}]
pools:
  web:
    buckets: 64
    backends:
      10.0.0.1: {{weight: {weight}}}
      10.0.0.2: {{}}
services:
  10.0.10.0:80/tcp: {{pool: web}}
"""


@pytest.fixture
def lab(make_lab, ricochet_binary):
    return make_lab(servers=2, rate_mbit=0, binary=ricochet_binary)


@pytest.fixture
def write_file(lab):
    """A function that writes the configuration with this weight of the first server."""

    def write(weight=1, extra=""):
        file = lab.directory / "router.yaml"
        text = CONFIGURATION.format(ports=", ".join(lab.router_ports), weight=weight)
        file.write_text(text + extra)
        return file

    return write


def ask(router, *words):
    return json.loads(router.command(*words, "--json", "--state", router.state).stdout)


def weight(router):
    return ask(router, "pool", "list")["pools"]["web"]["backends"]["10.0.0.1"]["weight"]


def generation(router):
    return router.status()["generation"]


def ports_with_xdp(lab):
    return [port for port in lab.router_ports if has_xdp(lab.router_namespace, port)]


# ---- capabilities ----


def test_it_keeps_the_capabilities_that_it_needs_and_no_others(lab):
    assert capabilities(lab.start_router().process) == KEPT


def test_with_these_it_does_all_that_it_has_to_do(balanced):
    net = balanced(servers=2, active=1, learn=True)
    downloads = transfers.half_downloads(net)
    net.move(*net.servers)
    cables.unplug(net.lab, net.servers[1])
    net.wait_eligible()
    cables.plug_in(net.lab, net.servers[1])
    net.agents[1].restart()
    net.wait_eligible(net.servers[1])
    transfers.assert_none_lost(transfers.finish(downloads))
    assert {session.server() for session in net.open_sessions(8)} == {"ns2"}
    net.router.restart()
    net.change(add=net.servers[:1])
    assert {session.server() for session in net.open_sessions(16)} == {"ns1", "ns2"}
    assert capabilities(net.router.process) == KEPT


# ---- the end ----


def test_sigterm_leaves_the_data_plane_forwarding(balanced):
    net = balanced(servers=2, active=2)
    downloads = transfers.half_downloads(net)
    before = pins(net.router)
    assert net.router.stop() == 0
    assert ports_with_xdp(net.lab) == net.lab.router_ports
    assert pins(net.router) == before
    assert f"until `ricochet detach --state {net.router.state}`" in net.router.process.said()
    transfers.assert_none_lost(transfers.finish(downloads))
    assert {session.server() for session in net.open_sessions(16)} == {"ns1", "ns2"}


def test_detach_on_exit_leaves_nothing_in_force_and_forgets_nothing(lab):
    router = lab.start_router("--detach-on-exit")
    router.add(*lab.servers)
    router.install()
    tables = router.get("/tables")
    assert router.stop() == 0
    processes.wait_until(lambda: ports_with_xdp(lab) == [], "the end of the programs")
    assert pins(router) == []
    assert "detached veth100, veth101, veth102" in router.process.said()
    router.start()
    assert ports_with_xdp(lab) == lab.router_ports
    assert router.get("/tables") == tables


def test_detach_on_exit_is_not_for_crashes(lab):
    router = lab.start_router("--detach-on-exit")
    router.kill()
    assert ports_with_xdp(lab) == lab.router_ports
    router.start()
    assert "adopted" in router.process.said()


# ---- the log ----


def test_the_log_is_json_if_asked(lab):
    router = lab.start_router(log_format="json")
    router.add(*lab.servers)
    router.install()
    router.stop()
    events = [json.loads(line) for line in router.process.said().splitlines()]
    assert all(list(event)[:3] == ["time", "level", "message"] for event in events)
    assert [event for event in events if event["message"].startswith("ready on 127.0.0.1:5000")]


# ---- the configuration file ----


def test_the_file_is_the_first_generation_and_then_the_store_rules(lab, write_file):
    file = write_file(weight=2)
    router = lab.start_router(config=file, ports=None, neighbours=False)
    assert generation(router) == 1
    assert ask(router, "generations", "log")["generations"][0]["cause"] == f"start with {file}"
    assert weight(router) == 2
    router.restart()
    assert "differs" not in router.process.said()
    write_file(weight=3)
    router.restart()
    assert f"{file} differs from the generation in force, which stays" in router.process.said()
    assert (generation(router), weight(router)) == (1, 2)
    router.command("apply", file, "--state", router.state)
    assert (generation(router), weight(router)) == (2, 3)


def test_a_file_with_a_mistake_is_refused_and_nothing_happens(lab, write_file):
    file = write_file(extra="poools: {}\n")
    line = len(file.read_text().splitlines())
    state = lab.directory / "router"
    words = ("router", "--config", file, "--state", state)
    refused = lab.router_namespace.run(lab.binary(), *words, check=False)
    assert refused.returncode == 1
    assert f"{file}:{line}: unknown key 'poools': did you mean 'pools'?" in refused.stderr
    assert ports_with_xdp(lab) == []
    assert not (state / "bpf").exists()


def test_ports_that_nobody_names_are_refused(lab):
    words = ("router", "--state", lab.directory / "router")
    refused = lab.router_namespace.run(lab.binary(), *words, check=False)
    assert refused.returncode == 1
    assert "--ports" in refused.stderr
    assert ports_with_xdp(lab) == []


# ---- killed while it changes ----

ROUNDS = 12
CHANGES = 200  # more than there are in a round


class Applying:
    """`ricochet apply` again and again, each time with another weight, until one fails."""

    def __init__(self, lab, router, write_file, first):
        self._lines = []
        for number in range(first, first + CHANGES):
            path = lab.directory / f"change-{number}.yaml"
            path.write_text(write_file(number).read_text())
        loop = (
            f"for number in $(seq {first} {first + CHANGES - 1}); do"
            f" '{router.binary}' apply '{lab.directory}/change-'$number.yaml"
            f" --state '{router.state}' >/dev/null || exit 1; echo applied $number; done"
        )
        self._process = lab.start(lab.router_namespace, f"applying-{first}", "sh", "-c", loop)
        self.first = first

    def wait_applied(self, number):
        self._process.wait_for_line(f"applied {number}\n")

    def last(self):
        """Waits for the end; the last weight that was acknowledged."""
        self._process.wait()
        said = self._process.said().splitlines()
        applied = [line for line in said if line.startswith("applied ")]
        return int(applied[-1].split()[1])
