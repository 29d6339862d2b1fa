# SPDX-License-Identifier: Apache-2.0
"""The router's daemon as a process: its capabilities, its log, its configuration file, and what it
leaves when it ends."""

import json
import random
import time

import cables
import processes
import pytest
import transfers
from conftest import SETTLE_LONG_MS
from kernel_facts import CAPABILITY_SETS, capabilities, has_xdp, pins

CAP_NET_ADMIN = 1 << 12
CAP_BPF = 1 << 39
NEEDED = CAP_NET_ADMIN | CAP_BPF
ROUNDS = 10
SEED = 1
KILLED_WITHIN_S = 0.3
WEIGHTS_MAX = 256
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
neighbours:
"""


@pytest.fixture
def lab(make_lab, ricochet_binary):
    return make_lab(servers=2, rate_mbit=0, binary=ricochet_binary)


@pytest.fixture
def write_file(lab):
    """A function that writes the configuration with this weight of the first server."""
    places = [
        f"  {server.address}: {{interface: {server.router_interface}, mac: '{server.mac}'}}\n"
        for server in lab.servers
    ]

    def write(weight=1, extra=""):
        file = lab.directory / "router.yaml"
        text = CONFIGURATION.format(ports=", ".join(lab.router_ports), weight=weight)
        file.write_text(text + "".join(places) + extra)
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
    net = balanced(servers=2, active=1, learn=True, settle_ms=SETTLE_LONG_MS)
    downloads = transfers.half_downloads(net)
    net.move(*net.servers)
    cables.unplug(net.lab, net.servers[1])
    net.wait_eligible()
    cables.plug_in(net.lab, net.servers[1])
    net.agents[1].restart()
    net.wait_eligible(net.servers[1])
    transfers.assert_none_lost(transfers.finish(downloads))
    assert {session.server() for session in net.open_sessions(8)} == {"ns2"}
    net.router.kill()
    net.router.start()
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


def start_with(lab, file, *options):
    words = ("router", "--config", file, *options, "--state", lab.directory / "router")
    return lab.router_namespace.run(lab.binary(), *words, check=False)


def assert_nothing_is_left(lab):
    assert ports_with_xdp(lab) == []
    assert not (lab.directory / "router" / "bpf").exists()


def test_a_first_start_with_a_neighbour_that_is_behind_no_port_leaves_nothing(lab, write_file):
    file = write_file(extra="  10.0.0.9: {interface: eth9, mac: '02:03:04:05:06:09'}\n")
    line = len(file.read_text().splitlines())
    refused = start_with(lab, file)
    assert refused.returncode == 1
    assert f"{file}:{line}: Nothing changed: eth9 is no port of this router" in refused.stderr
    assert_nothing_is_left(lab)
    router = lab.start_router(config=write_file(weight=2), ports=None, neighbours=False)
    assert (generation(router), weight(router)) == (1, 2)


def test_a_first_start_with_more_tables_than_there_is_room_leaves_nothing(lab, write_file):
    file = write_file()
    file.write_text(file.read_text().replace("buckets: 64", "buckets: 131072"))
    refused = start_with(lab, file, "--table-memory-mib", "1")
    assert refused.returncode == 1
    assert f"{file}:" in refused.stderr
    assert "table_memory_mib" in refused.stderr
    assert_nothing_is_left(lab)


def test_a_first_start_whose_generation_cannot_be_written_leaves_nothing(lab, write_file):
    backends = "".join(f"      10.7.{i // 250}.{i % 250 + 1}: {{}}\n" for i in range(4000))
    file = write_file()
    file.write_text(file.read_text().replace("    backends:\n", "    backends:\n" + backends))
    router = [lab.binary(), "router", "--config", file, "--state", lab.directory / "router"]
    # No file may become larger than 100 KiB: the schema of the store fits, the generation does not.
    small = 'trap "" XFSZ; ulimit -f 100; exec "$@"'
    refused = lab.router_namespace.run("bash", "-c", small, "bash", *router, check=False)
    assert refused.returncode == 1
    assert f"{file}:1: Nothing changed: cannot write to" in refused.stderr
    assert "attached" in refused.stderr, "it was refused when the program was on the ports"
    assert ports_with_xdp(lab) == []
    assert generation(lab.start_router(neighbours=False)) == 0


def test_the_seed_of_a_start_that_was_refused_binds_nobody(lab, write_file):
    refused = start_with(lab, write_file(), "--seed", "7", "--backend-ports", "nobody")
    assert refused.returncode == 1
    lab.start_router(config=write_file(), ports=None, neighbours=False, seed=8)


def test_ports_that_nobody_names_are_refused(lab):
    words = ("router", "--state", lab.directory / "router")
    refused = lab.router_namespace.run(lab.binary(), *words, check=False)
    assert refused.returncode == 1
    assert "--ports" in refused.stderr
    assert ports_with_xdp(lab) == []


# ---- killed while it changes ----


class Applying:
    """`ricochet apply` again and again with weights from `first` on, until one is not answered."""

    def __init__(self, lab, router, write_file, name, first):
        self.first = first
        self._files = lab.directory / name
        self._files.mkdir()
        weights = range(first, first + WEIGHTS_MAX // 2)
        for number in weights:
            (self._files / f"{number}.yaml").write_text(write_file(number).read_text())
        script = (
            f"for weight in {' '.join(map(str, weights))}; do"
            f" '{router.binary}' apply '{self._files}'/$weight.yaml --state '{router.state}'"
            " >/dev/null || exit 0; echo applied $weight; done; exit 1"
        )
        self._process = lab.start(router.namespace, self._files.name, "sh", "-c", script)

    def wait_for_first(self):
        self._process.wait_for_line(f"applied {self.first}\n")

    def last_applied(self):
        """Waits for the end; the last weight that was acknowledged."""
        assert self._process.wait() == 0, self._process.said()
        lines = self._process.said().splitlines()
        return max(int(line.split()[1]) for line in lines if line.startswith("applied "))


def test_killed_at_any_time_it_comes_back_with_what_it_acknowledged_or_one_more(lab, write_file):
    router = lab.start_router(settle_ms=0)
    chance = random.Random(SEED)
    for start in range(ROUNDS):
        before = generation(router)
        first = 1 + start % 2 * WEIGHTS_MAX // 2  # so that each is a change
        applying = Applying(lab, router, write_file, f"applying-{start}", first)
        applying.wait_for_first()
        time.sleep(chance.uniform(0, KILLED_WITHIN_S))  # any time is as good as another
        router.kill()
        last = applying.last_applied()
        router.start()
        assert weight(router) in (last, last + 1)
        assert generation(router) - before == weight(router) - applying.first + 1
    assert router.tables()["generation"] == generation(router)
