# SPDX-License-Identifier: Apache-2.0
"""Networks for the end-to-end tests, made of the same parts as the demos.

    def test_something(balanced):
        net = balanced(servers=3, active=1)
        downloads = net.lab.download(requests=20, at_once=20, pause_after=65536)
        downloads.wait_paused()
        net.change(add=net.servers[1:])
        downloads.resume()
        assert downloads.result()["connections_lost"] == 0

All of it ends with the test, and its logs are shown if the test fails.
"""

import contextlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "demo"
sys.path.insert(0, str(DEMO))

import endings  # noqa: E402  (found by the path above)
import lab as lab_module  # noqa: E402
import processes  # noqa: E402
import ricochet  # noqa: E402
import topology  # noqa: E402
from raw_client import RawClient  # noqa: E402
from session import Session  # noqa: E402

LOG_TAIL_LINES = 40
SESSIONS_MAX = 500  # that are opened until every server has some
SETTLE_LONG_MS = 60_000  # longer than a test: what no owner takes is sent again, never refused
NEIGHBOUR_TIMEOUT_S = 30.0  # the kernel asks every 5 s for who is away, and whom it asks every 10 s


def pytest_addoption(parser):
    parser.addoption("--ricochet", help="path of the program (default: $RICOCHET, build/ricochet)")
    parser.addoption(
        "--ricochet-other-layout",
        help="path of the program whose tables have another layout (default:"
        " $RICOCHET_OTHER_LAYOUT, tests/ricochet-other-layout next to the program)",
    )


def pytest_configure(config):
    if os.geteuid() != 0:
        pytest.exit("the end-to-end tests make network namespaces: run them as root", 1)
    endings.end_on_signals()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Notes for the fixtures whether the test failed."""
    outcome = yield
    if call.when == "call":
        item.stash[_failed] = outcome.get_result().failed


_failed = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def ricochet_binary(request):
    try:
        return ricochet.find_binary(request.config.getoption("--ricochet"))
    except processes.LabError as missing:
        pytest.fail(str(missing))


@pytest.fixture(scope="session")
def other_layout_binary(request, ricochet_binary):
    """The program as another version would be, for upgrades: target ricochet-other-layout."""
    path = request.config.getoption("--ricochet-other-layout") or os.environ.get(
        "RICOCHET_OTHER_LAYOUT"
    )
    try:
        return ricochet.find_binary(path or ricochet_binary.parent / "tests/ricochet-other-layout")
    except processes.LabError as missing:
        pytest.fail(str(missing))


@pytest.fixture
def make_lab(request):
    """A function that makes a Lab, any number of times; its arguments are those of Lab."""
    made = []

    def make(**options):
        options.setdefault("binary", request.config.getoption("--ricochet"))
        made.append(lab_module.Lab(**options).__enter__())
        return made[-1]

    yield make
    for one in reversed(made):
        if request.node.stash.get(_failed, True):
            _show_logs(one)
        one.close()


def _show_logs(one):
    for log in sorted(one.directory.rglob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        if lines:
            print(f"---- {log.relative_to(one.directory)}", *lines, sep="\n")


@dataclass
class Balanced:
    """A lab whose service is balanced by ricochet."""

    lab: lab_module.Lab
    router: ricochet.Router
    agents: list  # of the servers, in their order; empty without agents
    _sessions: list = field(default_factory=list)

    @property
    def servers(self):
        return self.lab.servers

    @property
    def client(self):
        return self.lab.client.namespace

    def change(self, add=(), remove=()):
        """One generation."""
        self.router.add(*add)
        self.router.remove(*remove)
        self.router.install()

    def move(self, source, target):
        """All buckets go from one server to the other."""
        self.change(add=[target], remove=[source])

    def counters(self):
        return self.router.status()["counters"]

    def agent_counters(self):
        return [agent.status()["counters"] for agent in self.agents]

    def ask(self, *words):
        """What a client subcommand prints with --json."""
        words = (*words, "--json", "--state", self.router.state)
        return json.loads(self.router.command(*words).stdout)

    def backends(self):
        """The backends of the service, by address."""
        (backends,) = self.ask("backend", "list")["backends"].values()
        return backends

    def eligible(self):
        """Names of the servers that get new connections."""
        backends = self.backends()
        return {
            server.name
            for server in self.servers
            if server.address in backends and backends[server.address]["eligible"]
        }

    def wait_eligible(self, *servers):
        """Until these servers get new connections and no others."""
        names = {server.name for server in servers}
        what = f"{names} to be eligible"
        processes.wait_until(lambda: self.eligible() == names, what, NEIGHBOUR_TIMEOUT_S)

    def bounces(self):
        """Of all agents together."""
        return sum(counters["bounce"] for counters in self.agent_counters())

    def open_session(self, **options):
        """See Session for the options; it is closed with the network."""
        self._sessions.append(Session(self.client, **options))
        return self._sessions[-1]

    def open_sessions(self, count):
        return [self.open_session() for _ in range(count)]

    def open_sessions_at(self, *servers, each=4):
        """Opens sessions until each of the servers has `each`; returns name -> sessions."""
        wanted = {server.name: [] for server in servers}
        for _ in range(SESSIONS_MAX):
            session = self.open_session()
            wanted.get(session.server(), []).append(session)
            if all(len(sessions) >= each for sessions in wanted.values()):
                return wanted
        raise processes.LabError(f"{SESSIONS_MAX} connections and not {each} at each server")

    def close(self):
        for session in self._sessions:
            session.close()
        self.router.kill()  # it need not wait until its pools have settled


@pytest.fixture
def balanced(make_lab, ricochet_binary):
    """A function: agents on all servers, a router, and the first `active` servers installed.

    learn: the router finds the hosts by itself, by ARP, and nobody tells it where they are.
    Options that it does not name are those of `ricochet router` (history="two-tables"). Without
    pins unless asked for, so that a moved connection is seen to bounce.
    """

    nets = []

    def make(
        servers=2, active=1, agents=True, rate_mbit=0, mark=None, learn=False, **router_options
    ):
        one = make_lab(servers=servers, rate_mbit=rate_mbit, binary=ricochet_binary)
        started = one.start_agents(mark=mark) if agents else []
        if learn:
            topology.forget_hosts(one.router_namespace, one.hosts)
            router_options["learn_neighbours"] = "true"
        router_options.setdefault("pin_memory_mib", 0)
        router = one.start_router(mark=mark, neighbours=not learn, **router_options)
        net = Balanced(one, router, started)
        nets.append(net)
        if active:
            net.change(add=one.servers[:active])
            net.wait_eligible(*one.servers[:active])
        return net

    yield make
    for net in nets:
        net.close()


@pytest.fixture(scope="module")
def shared_router(ricochet_binary):
    """A function: a router of the module for tests that need no traffic, and no state of others.

    It is on the ports of the client and four servers; options are those of `ricochet router`.
    """
    with contextlib.ExitStack() as labs:
        yield lambda **options: labs.enter_context(
            lab_module.Lab(servers=4, rate_mbit=0, binary=ricochet_binary)
        ).start_router(neighbours=False, **options)


@pytest.fixture
def raw(balanced):
    """A function that makes a network as `balanced` does, and returns it with a RawClient in it."""
    clients = []

    def make(**options):
        net = balanced(**options)
        clients.append(RawClient(net.lab))
        return net, clients[-1]

    yield make
    for client in clients:
        client.close()
