"""Which pods are targets, and where they are asked."""
import http.server
import socketserver
import threading
import time

import pytest


class Listener:
    """A pod that the simulator cannot be: at any address and port. Answers `own 1`."""

    def __init__(self, host, port=0):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                seen.append((self.path, self.headers["Host"]))
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", "6")
                self.end_headers()
                self.wfile.write(b"own 1\n")

            def log_message(self, *unused):
                pass

        class Server(socketserver.ThreadingTCPServer):
            address_family = 10 if ":" in host else 2
            allow_reuse_address = True
            daemon_threads = True

        self.seen = seen = []
        self.server = Server((host, port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listen():
    listeners = []

    def start(host, port=0):
        listeners.append(Listener(host, port))
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.close()


def annotations(cluster, **more):
    result = {"prometheus.io/scrape": "true", "prometheus.io/port": str(cluster.pod_port)}
    result.update({"prometheus.io/" + name: value for name, value in more.items()})
    return result


@pytest.mark.parametrize("value", ["True", "TRUE", "1", "yes", " true", "true ", "false", "", None])
def test_only_the_exact_word_true_makes_a_target(cluster, start_proxy, value):
    cluster.add("asked")
    cluster.add("odd", annotations={"prometheus.io/scrape": value})
    assert start_proxy(cluster).page().up_by_name() == {"asked": 1}


@pytest.mark.parametrize("status, is_target", [
    ({"phase": "Succeeded"}, False), ({"phase": "Failed"}, False), ({"podIP": None, "podIPs": None}, False),
    ({"podIP": "", "podIPs": None}, False), ({"phase": "Pending"}, True), ({"phase": "Unknown"}, True),
    ({"conditions": [{"type": "Ready", "status": "False"}]}, True),
])
def test_the_states_of_a_pod_that_make_it_a_target(cluster, start_proxy, status, is_target):
    cluster.add("p", patch={"status": status})
    assert start_proxy(cluster).page().up_by_name() == ({"p": 1} if is_target else {})


def test_a_pod_that_is_being_deleted_is_a_target_until_it_is_gone(cluster, start_proxy):
    cluster.add("p", patch={"metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"}})
    assert start_proxy(cluster).page().up_by_name() == {"p": 1}


def test_the_port_is_80_by_default(cluster, start_proxy, listen):
    try:
        listener = listen("127.7.7.7", 80)
    except PermissionError:
        pytest.skip("needs the right to listen on port 80")
    cluster.add("p", ip="127.7.7.7", annotations={"prometheus.io/port": None})
    assert start_proxy(cluster).page().pods("own") == {"p": 1}
    assert listener.seen == [("/metrics", "127.7.7.7")] or listener.seen == [("/metrics", "127.7.7.7:80")]


@pytest.mark.parametrize("path, asked", [
    ("/stats/prometheus", "/stats/prometheus"), ("stats", "/stats"), ("/a?format=prometheus", "/a?format=prometheus"),
    ("", "/metrics"), ("/", "/"), ("@169.254.169.254/", "/@169.254.169.254/"),
    ("//169.254.169.254/x", "//169.254.169.254/x"), (":9/x", "/:9/x"),
    ("http://169.254.169.254/x", "/http://169.254.169.254/x"),
])
def test_a_path_is_always_a_path_of_the_pod(cluster, start_proxy, path, asked):
    pod = cluster.add("p", annotations=annotations(cluster, path=path))
    assert start_proxy(cluster).page().up_by_name() == {"p": 1}
    assert cluster.server(pod["ip"])["last_head"].startswith(f"GET {asked} HTTP/1.1\r\n")


def test_many_annotations_of_others_do_not_hide_ours(cluster, start_proxy):
    crowd = {f"prometheus.io/a{i}": "x" for i in range(100)}
    pod = cluster.add("p", annotations={**crowd, **annotations(cluster, path="/own")})
    assert start_proxy(cluster).page().up_by_name() == {"p": 1}
    assert cluster.server(pod["ip"])["last_head"].startswith("GET /own HTTP/1.1\r\n")


@pytest.mark.parametrize("wrong", [
    {"path": "/a b"}, {"path": "/a\r\nX: y"}, {"path": "/a\tb"}, {"path": "/a#b"}, {"path": "/a\x7f"},
    {"port": "0"}, {"port": "65536"}, {"port": "http"}, {"port": "-1"}, {"port": " 80"}, {"port": "80 "},
    {"port": "+80"}, {"port": "0x50"}, {"port": "1e3"}, {"port": "99999999999999999999"}, {"port": "80/x"},
    {"port": "80@127.0.0.1"},
], ids=repr)
def test_wrong_annotations_make_a_target_that_is_down_and_not_asked(cluster, start_proxy, wrong):
    cluster.add("good")
    cluster.add("p", annotations=annotations(cluster, **wrong))
    proxy = start_proxy(cluster)
    assert proxy.page().up_by_name() == {"good": 1, "p": 0}
    assert cluster.state()["scrapes"] == 1
    assert any("prometheus.io/" in line for line in proxy.lines), "the log says why"


@pytest.mark.parametrize("address", ["169.254.169.254", "224.0.0.1", "0.0.0.0", "255.255.255.255", "fe80::1", "ff02::1",
                                     "::", "::ffff:169.254.169.254", "not-an-address", "127.0.0.1:80"])
def test_addresses_that_no_pod_has_are_never_asked(cluster, start_proxy, address):
    cluster.add("good")
    cluster.add("p", patch={"status": {"podIP": address, "podIPs": [{"ip": address}]}})
    proxy = start_proxy(cluster)
    before = time.monotonic()
    assert proxy.page().up_by_name().get("p", 0) == 0
    assert time.monotonic() - before < 1, "it does not even try"


def test_a_pod_with_an_ipv6_address_is_asked_there(cluster, start_proxy, listen):
    try:
        listener = listen("::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    cluster.add("p", patch={"status": {"podIP": "::1", "podIPs": [{"ip": "::1"}]},
                            "metadata": {"annotations": {"prometheus.io/port": str(listener.port)}}})
    assert start_proxy(cluster).page().pods("own") == {"p": 1}
    assert listener.seen == [("/metrics", f"[::1]:{listener.port}")]


def test_pods_that_share_an_address_are_targets_of_their_own(cluster, start_proxy):
    port = cluster.command("/servers/port")["port"]
    cluster.add("a", ip="127.9.9.9", server={"body": "x 1\n"})
    cluster.add("b", ip="127.9.9.9", port=port, server={"body": "x 2\n"})
    proxy = start_proxy(cluster)
    assert proxy.page().pods("x") == {"a": 1, "b": 2}
    cluster.delete("a")
    proxy.until_up({"b": 1})


def test_of_two_pods_with_one_name_the_newer_is_the_target(cluster, start_proxy):
    old = cluster.add("p", server={"body": "x 1\n"},
                      patch={"metadata": {"uid": "old", "creationTimestamp": "2026-01-01T00:00:00Z"}})
    cluster.add("p", server={"body": "x 2\n"},
                patch={"metadata": {"uid": "new", "creationTimestamp": "2026-01-02T00:00:00Z"}})
    page = start_proxy(cluster).page()
    assert page.pods("x") == {"p": 2} and len(page.of("up")) == 1
    assert cluster.server(old["ip"])["requests"] == 0


def test_redirects_are_not_followed(cluster, start_proxy):
    trap = cluster.add("trap", annotations={"prometheus.io/scrape": "false"})
    cluster.add("p", server={"status": 302, "headers": f"Location: http://{trap['ip']}:{cluster.pod_port}/\r\n"})
    assert start_proxy(cluster).page().up_by_name() == {"p": 0}
    assert cluster.server(trap["ip"])["connections"] == 0


def test_proxies_of_the_environment_are_not_used(cluster, start_proxy, listen):
    trap = listen("127.0.0.1")
    cluster.add("p")
    address = f"http://127.0.0.1:{trap.port}"
    variables = {name: address for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY",
                                            "all_proxy")}
    proxy = start_proxy(cluster, environment={**variables, "NO_PROXY": None})
    assert proxy.page().up_by_name() == {"p": 1}
    assert trap.seen == []
