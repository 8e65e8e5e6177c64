"""Fixtures: a simulated cluster, and the proxy that watches it. Whatever a test starts ends with it, and is checked."""
import os
import pathlib
import re
import sys

import pytest

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))  # the strict reader of pages

import raw_http  # noqa: E402
from fault_server import FaultServer  # noqa: E402
from page import Page  # noqa: E402
from processes import Process, eventually  # noqa: E402
from simulation import Cluster, program  # noqa: E402


class Proxy(Process):
    """metrics-proxy on a port of its own choice."""

    def __init__(self, arguments, environment, descriptors=None):
        super().__init__([program("METRICS_PROXY", "src/app/metrics-proxy"), *arguments], environment,
                         descriptors=descriptors)
        self.port = None

    def until_listening(self):
        line = self.until_logged("address=")
        self.port = int(re.search(r'address="?(?:\[[^]]*\]|[^:"\[]*):([0-9]+)', line).group(1))
        return self

    def get(self, path="/metrics", **more):
        return raw_http.get(self.port, path, **more)

    def connect(self, **more):
        return raw_http.Connection(self.port, **more)

    def page(self, **more):
        answer = self.get("/metrics", **more)
        assert answer.status == 200, answer
        return Page(answer.text)

    def until_ready(self, seconds=10.0):
        eventually(lambda: self.get("/-/ready").status == 200, seconds, "ready")
        return self

    def until_known(self, count, seconds=10.0):
        """Until there are so many targets, whatever state they are in."""
        def matches():
            return len(re.findall('(?m)^up{k8s_pod_name="[^"]*",k8s_namespace="[^"]*"} ', self.get().text)) == count
        eventually(matches, seconds, f"{count} targets")

    def until_up(self, expected, seconds=10.0):
        """Until the page's targets are these: {name: 0 or 1}."""
        def matches():
            page = self.page()
            assert page.up_by_name() == expected, page.up_by_name()
            return page
        return eventually(matches, seconds, f"targets {expected}")


@pytest.fixture
def start_cluster(tmp_path):
    started = []

    def start(*options):
        folder = tmp_path / f"cluster-{len(started)}"
        folder.mkdir()
        started.append(Cluster(folder, *options))
        return started[-1]

    yield start
    for cluster in started:
        assert cluster.stop() == 0, cluster.process.log


@pytest.fixture
def start_fault_server(tmp_path):
    """An API server that a test scripts; `tls` is an SSL context."""
    started = []

    def start(**more):
        started.append(FaultServer(tmp_path / f"api-{len(started)}", **more))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def api(start_fault_server):
    return start_fault_server()


@pytest.fixture
def cluster(start_cluster):
    """A cluster without pods."""
    return start_cluster()


def is_sanitized():
    """Whether the program is built with AddressSanitizer, which needs memory of its own."""
    with open(program("METRICS_PROXY", "src/app/metrics-proxy"), "rb") as binary:
        return b"__asan_init" in binary.read()


def environment_for(cluster, **more):
    environment = {"PATH": os.environ["PATH"], "POD_LABEL_SELECTOR": "app=demo"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE"):
        if name in os.environ:
            environment[name] = os.environ[name]
    if cluster is not None:
        environment["KUBECONFIG"] = str(cluster.kubeconfig)
    environment.update(more)
    return {name: value for name, value in environment.items() if value is not None}


@pytest.fixture
def launch_proxy():
    """Starts the proxy with any arguments and waits for nothing; a variable that is None is left out."""
    started = []

    def launch(cluster, *arguments, environment=None, descriptors=None):
        started.append(Proxy(arguments, environment_for(cluster, **(environment or {})), descriptors))
        return started[-1]

    yield launch
    for proxy in started:
        was_running = proxy.process.poll() is None
        status = proxy.stop()
        for sign in ("AddressSanitizer", "LeakSanitizer", "runtime error:", "Assertion"):
            assert sign not in proxy.log, proxy.log
        if was_running:
            assert status == 0, f"SIGTERM ended it with {status}:\n{proxy.log}"


@pytest.fixture
def start_proxy(launch_proxy):
    """Starts the proxy on a free port and waits until it knows the pods."""
    def start(cluster, *arguments, ready=True, environment=None, descriptors=None):
        if not any("port" in argument or "listen-address" in argument for argument in arguments):
            environment = {"PORT": "0", **(environment or {})}
        proxy = launch_proxy(cluster, *arguments, environment=environment, descriptors=descriptors).until_listening()
        return proxy.until_ready() if ready else proxy

    return start


@pytest.fixture
def start_quick_proxy(start_proxy, monkeypatch):
    """The same, but for the first pause after a failure, which is a twentieth of what it is."""
    def start(*arguments, environment=None, **more):
        monkeypatch.setenv("METRICS_PROXY", program("TUNABLE_PROXY", "test/tunable/tunable_proxy"))
        return start_proxy(*arguments, environment={"TEST_BACKOFF_FIRST_MS": "40", **(environment or {})}, **more)

    return start


@pytest.fixture
def run_proxy(launch_proxy):
    """Runs the proxy to its end: (exit status, lines of stderr)."""
    def run(cluster, *arguments, environment=None, seconds=10.0):
        proxy = launch_proxy(cluster, *arguments, environment=environment)
        status = proxy.wait(seconds)
        return status, proxy.lines

    return run
