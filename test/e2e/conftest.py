"""The e2e tier: the real program, a real API server, real consumers.

    KUBEBUILDER_ASSETS=folder with etcd and kube-apiserver (and prometheus)   PROXY_BUILD=build/dev   pytest test/e2e

One API server serves all tests; each test has a namespace and a label of its own. ./test/run sets all this up.
"""
import itertools
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(1, str(ROOT / "test" / "integration"))  # its processes and its strict reader of pages

from cluster import Cluster, Pods
from consumers import Prometheus, Vmagent
from pod_server import PodServer
from proxy import Proxy
from relay import Relay
from service_account import ServiceAccountFolder
from simulation import program

TOOLS = ROOT / "build" / "tools" / "usr" / "bin"
ACCOUNT = "metrics-proxy"
numbers = itertools.count(1)


def pytest_collection_modifyitems(items):
    assets = os.environ.get("KUBEBUILDER_ASSETS", "")
    if not (pathlib.Path(assets) / "kube-apiserver").exists():
        reason = "KUBEBUILDER_ASSETS names no folder with kube-apiserver and etcd"
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def assets():
    return pathlib.Path(os.environ["KUBEBUILDER_ASSETS"]).resolve()


@pytest.fixture(scope="session")
def binary():
    return program("METRICS_PROXY", "src/app/metrics-proxy")


@pytest.fixture(scope="session")
def cluster(assets, tmp_path_factory):
    cluster = Cluster(assets, tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def kubeconfig(cluster, tmp_path_factory):
    """Of an account that may list and watch all pods."""
    token = cluster.create_account(ACCOUNT)
    cluster.allow(ACCOUNT)
    return cluster.write_kubeconfig(tmp_path_factory.mktemp("kubeconfig") / "config", token)


@pytest.fixture
def pods(cluster):
    return Pods(cluster, f"test-{next(numbers)}")


@pytest.fixture
def stopping():
    """Appended to it, a thing is stopped after the test."""
    things = []
    yield things
    for thing in reversed(things):
        thing.stop()


@pytest.fixture
def serve(stopping):
    """serve(body): an HTTP server on an address of its own."""
    def start(*arguments, **options):
        server = PodServer(*arguments, **options)
        stopping.append(server)
        return server
    return start


@pytest.fixture
def start_proxy(binary):
    """start_proxy(NAME=value, arguments=[]): the program, which must end cleanly after the test where it still runs."""
    started = []

    def start(arguments=(), binary=binary, **environment):
        started.append(Proxy(binary, environment, arguments))
        return started[-1]
    yield start
    for proxy in started:
        was_running = proxy.is_running()
        status = proxy.stop()
        assert status == 0 or not was_running, f"SIGTERM ended it with {status}:\n{proxy.log}"


@pytest.fixture
def start_tunable(start_proxy):
    """As start_proxy, with the program that takes TEST_ variables, and with waits of a second at most."""
    def start(**environment):
        tunable = program("TUNABLE_PROXY", "test/tunable/tunable_proxy")
        return start_proxy(binary=tunable, TEST_BACKOFF_MOST_MS="1000", **environment)
    return start


@pytest.fixture
def start_in_cluster(start_tunable, cluster, pods):
    """start_in_cluster(folder): on the pods of this test, with watches that end after a second or two."""
    def start(folder):
        return start_tunable(TEST_WATCH_LEAST_S="1", TEST_SERVICE_ACCOUNT=str(folder.folder),
                             KUBERNETES_SERVICE_HOST="127.0.0.1", KUBERNETES_SERVICE_PORT=str(cluster.port),
                             POD_LABEL_SELECTOR=pods.selector)
    return start


@pytest.fixture
def service_account(cluster, pods, tmp_path):
    """The folder of an account of this test, which may list and watch pods; it is named as the namespace."""
    token = cluster.create_account(pods.namespace)
    cluster.allow(pods.namespace)
    return ServiceAccountFolder(tmp_path / "serviceaccount", token, cluster.authority.read_text())


@pytest.fixture
def relay(cluster, stopping):
    stopping.append(Relay(cluster.port))
    return stopping[-1]


@pytest.fixture
def proxy(start_proxy, kubeconfig, pods):
    """On the pods of this test."""
    return start_proxy(KUBECONFIG=str(kubeconfig), POD_LABEL_SELECTOR=pods.selector).until_ready()


@pytest.fixture(scope="session", params=["2.42", "3"])
def prometheus_binary(request, assets):
    binary = TOOLS / "prometheus" if request.param == "2.42" else assets / "prometheus"
    if not binary.exists():
        pytest.skip(f"no Prometheus {request.param}")
    return binary


@pytest.fixture
def start_prometheus(prometheus_binary, tmp_path, stopping):
    def start(jobs, arguments=()):
        stopping.append(Prometheus(prometheus_binary, tmp_path / "prometheus", jobs, arguments))
        return stopping[-1]
    return start


@pytest.fixture
def start_vmagent(tmp_path, stopping):
    def start(jobs, prometheus):
        stopping.append(Vmagent(TOOLS / "vmagent", tmp_path / "vmagent", jobs, prometheus))
        return stopping[-1]
    return start


@pytest.fixture(scope="session")
def promtool():
    return TOOLS / "promtool"
