"""Cases 54 to 62 of the table of faults (cases.md): connections, certificates, proxies, odd HTTP."""
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from certificates import Authority, context
from fault_server import names, raw, reply, until_names
from processes import eventually
from simulation import program

LIST = json.dumps({"kind": "PodList", "metadata": {"resourceVersion": "30"}, "items": []})


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"), "one")


@pytest.fixture(scope="module")
def other_authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"), "two")


@pytest.fixture
def start_tls(start_fault_server, authority):
    """An API server with TLS, and a kubeconfig that believes the first authority."""
    def start(tls, cluster=None, user=None, **more):
        server = start_fault_server(tls=tls, **more)
        server.configure({"certificate-authority": str(authority.certificate), **(cluster or {})}, user)
        server.add("a")
        return server
    return start


def refused_because(start_proxy, server, words):
    proxy = start_proxy(server, "--timeout=500ms", ready=False)
    line = proxy.until_logged("trying again")
    assert words in line
    assert server.requests == [] and proxy.get().status == 503
    return proxy


def test_case_54_a_server_that_is_not_there_yet_is_waited_for(start_fault_server, start_proxy):
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    server = start_fault_server(listening=False, port=port)
    server.add("a")
    proxy = start_proxy(server, "--timeout=500ms", ready=False)
    proxy.until_logged("connection refused")
    assert proxy.get("/-/healthy").status == 200
    ready = proxy.get("/-/ready")
    assert ready.status == 503 and "connection refused" in ready.text
    server.listen()
    proxy.until_ready(20)
    assert names(proxy) == {"a"}


def replace_for_proxy(monkeypatch, folder, mine, place):
    """The proxy, in a mount namespace of its own, sees what is mine in that place; the machine does not."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or \
            subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs root and unshare for a mount namespace")
    script = folder / "proxy"
    script.write_text(f"""#!/bin/sh
exec unshare -m --propagation private sh -c 'mount --bind "{mine}" "{place}" && exec "$0" "$@"' \\
    "{program("METRICS_PROXY", "src/app/metrics-proxy")}" "$@"
""")
    script.chmod(0o755)
    monkeypatch.setenv("METRICS_PROXY", str(script))


def test_case_55_a_server_that_moves_is_found_by_its_name(start_fault_server, launch_proxy, tmp_path, monkeypatch):
    server = start_fault_server(host="127.0.0.1")
    server.add("a")
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n127.0.0.1 api.test\n")
    server.configure(host="api.test")
    replace_for_proxy(monkeypatch, tmp_path, hosts, "/etc/hosts")
    proxy = launch_proxy(server, environment={"PORT": "0"}).until_listening().until_ready()
    server.until_watched()
    server.stop_listening()
    hosts.write_text("127.0.0.1 localhost\n127.0.0.7 api.test\n")
    server.listen(host="127.0.0.7")
    server.until_watched()
    server.add("b")
    until_names(proxy, "a", "b")


def test_case_56_a_new_authority_is_believed_and_the_old_one_no_more(start_tls, start_proxy, authority, other_authority,
                                                                     tmp_path):
    bundle = tmp_path / "ca.crt"
    shutil.copy(authority.certificate, bundle)
    server = start_tls(authority.serve(), {"certificate-authority": str(bundle)})
    proxy = start_proxy(server)
    wire = server.until_watched()[0]
    server.tls = other_authority.serve()
    shutil.copy(other_authority.certificate, tmp_path / "new")
    os.replace(tmp_path / "new", bundle)
    wire.reset()
    server.until_asked(2, watch=True)
    wire = server.until_watched()[0]
    server.add("b")
    until_names(proxy, "a", "b")
    server.tls = authority.serve()
    wire.reset()
    proxy.until_logged("certificate")
    assert names(proxy) == {"a", "b"}
    assert len(server.asked(watch=True)) == 2


def test_case_57_public_authorities_do_not_count_beside_the_given_one(start_tls, launch_proxy, other_authority, tmp_path,
                                                                      monkeypatch):
    """The other authority is one of the machine's, by the folder and by the file of libcurl and OpenSSL."""
    server = start_tls(other_authority.serve())
    folder = tmp_path / "certs"
    folder.mkdir()
    shutil.copy(other_authority.certificate, folder / "ca-certificates.crt")
    shutil.copy(other_authority.certificate, folder / "public.pem")
    subprocess.run(["openssl", "rehash", folder], check=True, capture_output=True)
    replace_for_proxy(monkeypatch, tmp_path, folder, "/etc/ssl/certs")
    environment = {"PORT": "0", "SSL_CERT_DIR": str(folder), "SSL_CERT_FILE": str(folder / "public.pem")}
    proxy = launch_proxy(server, environment=environment).until_listening()
    assert "certificate" in proxy.until_logged("trying again")
    assert server.requests == []
    proxy.stop()
    server.configure()  # and without an authority of its own the machine's are believed
    proxy = launch_proxy(server, environment=environment).until_listening().until_ready()
    assert names(proxy) == {"a"}


def test_case_58_an_expired_certificate_is_refused(start_tls, start_proxy, authority):
    server = start_tls(authority.serve("expired", start="20200101000000Z", end="20200102000000Z"))
    refused_because(start_proxy, server, "expired")


def test_case_58_a_certificate_for_another_host_is_refused(start_tls, start_proxy, authority):
    server = start_tls(authority.serve("elsewhere", alternative="DNS:api.internal"))
    refused_because(start_proxy, server, "the certificate is for another name")


def test_case_58_tls_server_name_says_which_name_to_expect(start_tls, start_proxy, authority):
    server = start_tls(authority.serve("named", alternative="DNS:api.internal"), {"tls-server-name": "api.internal"})
    assert names(start_proxy(server)) == {"a"}
    assert server.asked()[0].headers["host"] == f"127.0.0.1:{server.port}"


def test_case_59_replaced_client_certificates_are_shown(start_tls, start_proxy, authority, tmp_path):
    pair = [tmp_path / "client.pem", tmp_path / "client.key"]
    for source, place in zip(authority.issue("first"), pair):
        shutil.copy(source, place)
    server = start_tls(context(*authority.issue("mutual"), clients=authority.certificate),
                       user={"client-certificate": str(pair[0]), "client-key": str(pair[1])})
    start_proxy(server)
    wire = server.until_watched()[0]
    for source, place in zip(authority.issue("second"), pair):
        shutil.copy(source, f"{place}.new")
        os.replace(f"{place}.new", place)
    wire.finish()

    def shown():
        """By each watch so far; the files are looked at once a second, so the next may come too early."""
        for each in server.watching():
            each.finish()
        return [dict(part[0] for part in request.peer["subject"])["commonName"] for request in server.asked(watch=True)]

    eventually(lambda: shown()[-1] == "second", what="a watch with the second certificate")
    watches = server.asked(watch=True)
    assert shown()[0] == "first" and watches[-1].connection != watches[0].connection


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_case_60_tls_1_1_is_refused(start_tls, start_proxy, authority):
    tls = authority.serve("old")
    tls.minimum_version = ssl.TLSVersion.TLSv1
    tls.maximum_version = ssl.TLSVersion.TLSv1_1
    tls.set_ciphers("ALL:@SECLEVEL=0")
    refused_because(start_proxy, start_tls(tls), "handshake failed (tlsv1 alert protocol version)")


class Tunnel:
    """A proxy: HTTP with CONNECT, or SOCKS 5. Keeps what it was told before the tunnel stood."""

    def __init__(self, serve):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.told = []
        self.serve = serve
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.run, args=(client,), daemon=True).start()

    def run(self, client):
        try:
            with client, self.serve(self, client) as server:
                thread = threading.Thread(target=self.copy, args=(server, client), daemon=True)
                thread.start()
                self.copy(client, server)
        except OSError:
            pass

    @staticmethod
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def http(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        self.told.append(head.decode())
        host, _, port = head.decode().split(" ")[1].rpartition(":")
        server = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        return server

    def socks(self, client):
        greeting = client.recv(262)
        client.sendall(b"\x05\x00")
        request = client.recv(262)
        self.told.append((greeting + request).hex())
        port = int.from_bytes(request[-2:], "big")
        server = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        return server


@pytest.mark.parametrize("scheme, serve", [("http", Tunnel.http), ("socks5", Tunnel.socks)])
def test_case_61_a_proxy_tunnels_and_never_sees_the_token(start_tls, start_proxy, authority, scheme, serve):
    tunnel = Tunnel(serve)
    server = start_tls(authority.serve(), {"proxy-url": f"{scheme}://127.0.0.1:{tunnel.port}"},
                       {"token": "very-secret"})
    proxy = start_proxy(server)
    assert names(proxy) == {"a"}
    assert server.asked()[0].headers["authorization"] == "Bearer very-secret"
    assert len(tunnel.told) >= 1 and not any("very-secret" in told or b"very-secret".hex() in told for told in tunnel.told)
    if scheme == "http":
        assert tunnel.told[0].startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\n")
    assert "very-secret" not in proxy.log


def test_case_61_no_proxy_bypasses_the_one_of_the_environment(start_tls, start_proxy, authority):
    """All rules of NO_PROXY: test/unit/kube/config.c. This machine's own addresses never go through one, as in Go."""
    tunnel = Tunnel(Tunnel.http)
    server = start_tls(authority.serve())
    proxy = start_proxy(server, environment={"HTTPS_PROXY": f"http://127.0.0.1:{tunnel.port}", "NO_PROXY": "127.0.0.0/8"})
    assert names(proxy) == {"a"} and tunnel.told == []


@pytest.mark.parametrize("answer", [
    raw(f"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{LIST}"),
    raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(LIST)}\r\n\r\n{LIST}"),
    reply(body=LIST, connection="Connection: close\r\n"), reply(body=LIST, framing="close"),
], ids=["http/1.0", "informational", "connection close", "no length"])
def test_case_62_odd_http_is_handled(api, start_proxy, answer):
    api.lists.append(answer)
    start_proxy(api)
    watch = api.until_asked(1, watch=True)[0]
    assert watch.version == "30" and api.verbs == "LW"


def test_case_62_a_watch_may_be_http_1_0(api, start_proxy):
    pod = json.dumps({"type": "ADDED", "object": api.pod("a", version=12)})
    api.watches.append(raw(f"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{pod}\n", 0.1))
    until_names(start_proxy(api), "a")
    assert api.until_asked(2, watch=True)[1].version == "12"
