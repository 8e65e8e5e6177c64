"""Cases 47, 48 and 63 to 69 of the table of faults (cases.md): who we are to the API server."""
import json
import os

import pytest

from certificates import Authority
from fault_server import S401, S410, error_event, names, reply, stream, until_names
from processes import eventually


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"), "one")


@pytest.fixture
def start_api(start_fault_server, authority):
    """An API server with TLS that a user of that kubeconfig talks to."""
    def start(**user):
        server = start_fault_server(tls=authority.serve())
        server.configure({"certificate-authority": str(authority.certificate)}, user)
        server.add("a")
        return server
    return start


def token_of(request):
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def only(token, otherwise=None):
    """Lets nobody in but the bearer of what that file (or function) says."""
    return lambda request: otherwise if token_of(request) == token() else reply(401, S401)


def swap(folder, content):
    """As kubelet does: a new folder, and a link that is replaced."""
    number = len(list(folder.iterdir()))
    data = folder / f"..data-{number}"
    data.mkdir()
    (data / "token").write_text(content)
    link = folder / "..link"
    link.symlink_to(data.name)
    os.replace(link, folder / "..data")
    if not (folder / "token").is_symlink():
        (folder / "token").symlink_to("..data/token")


@pytest.fixture
def tokens(tmp_path):
    folder = tmp_path / "tokens"
    folder.mkdir()
    swap(folder, "first\n")
    return folder


def test_case_47_a_refused_token_is_read_anew_at_once(start_api, start_proxy, tokens):
    server = start_api(tokenFile=str(tokens / "token"))

    def rotate(_, wire):
        swap(tokens, "second\n")
        reply(401, S401)(_, wire)

    server.lists.append(rotate)
    proxy = start_proxy(server)
    first, second = server.asked(watch=False)
    assert [token_of(request) for request in (first, second)] == ["first", "second"]
    assert second.time - first.time < 0.5
    assert names(proxy) == {"a"}


def test_case_48_refused_for_ever_is_one_line_and_the_targets_stay(start_api, start_quick_proxy, tokens):
    """The growing waits, and the line each ten minutes: test/unit/kube/reflector_errors.c and _log.c."""
    server = start_api(tokenFile=str(tokens / "token"))
    server.watches.append(stream(error_event(S410)))
    server.lists += [server.right_list] + [reply(401, S401)] * 50
    proxy = start_quick_proxy(server)
    server.until_asked(4, watch=False)
    assert names(proxy) == {"a"}
    proxy.until_logged("refused: 401")
    refusals = [line for line in proxy.lines if "refused: 401" in line]
    assert len(refusals) == 1 and f"token file {tokens}/token" in refusals[0] and "first" not in refusals[0]
    ready = proxy.get("/-/ready")
    assert ready.status == 200 and "refused: 401" in ready.text and "known pods stay" in ready.text


def test_case_63_a_rotated_token_is_used_from_then_on(start_api, start_proxy, tokens):
    """Every two seconds for an hour: test/unit/kube/credentials.c. Files are looked at once a second at most."""
    server = start_api(tokenFile=str(tokens / "token"))
    proxy = start_proxy(server)
    server.until_watched()
    swap(tokens, "second\n")

    def ask_again():
        wire = server.until_watched()[0]
        server.add(f"p{len(server.requests)}")  # a watch that told of something is followed by the next at once
        wire.finish()
        return token_of(server.until_asked(len(server.requests) + 1)[-1]) == "second"

    eventually(ask_again, what="the new token")
    assert {token_of(request) for request in server.asked()} == {"first", "second"}
    proxy.until_ready()


@pytest.mark.parametrize("spoil", [lambda path: path.write_text(""), lambda path: path.write_text(" \n"),
                                   lambda path: path.unlink()], ids=["empty", "blank", "missing"])
def test_case_64_without_a_token_file_the_last_token_is_used(start_api, start_proxy, tmp_path, spoil):
    path = tmp_path / "token"
    path.write_text("good")
    server = start_api(tokenFile=str(path))
    proxy = start_proxy(server)
    wire = server.until_watched()[0]
    spoil(path)
    proxy.until_ready()
    wire.finish()
    second = server.until_asked(2, watch=True)[1]
    assert token_of(second) == "good"


def plugin(folder, script):
    path = folder / "plugin"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(path), "interactiveMode": "Never",
                     "installHint": "install the plugin of the cloud"}}


def credential(**status):
    return "cat <<'END'\n" + json.dumps({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
                                         "status": status}) + "\nEND\n"


def test_case_65_a_plugin_gives_the_token(start_api, start_proxy, tmp_path):
    """All replies and failures: test/unit/kube/exec_credentials.c."""
    runs = tmp_path / "runs"
    server = start_api(**plugin(tmp_path, f"echo run >> {runs}\n" + credential(token="from-plugin")))
    proxy = start_proxy(server)
    wire = server.until_watched()[0]
    wire.finish()
    assert {token_of(request) for request in server.until_asked(3)} == {"from-plugin"}
    assert runs.read_text() == "run\n" and "from-plugin" not in proxy.log


@pytest.mark.parametrize("script, said", [
    ("echo no luck >&2; exit 3", "code 3"), ("head -c 2000000 /dev/zero", "plugin"), ("echo '{}'", "plugin"),
    (credential(clientCertificateData="x"), "plugin"),
], ids=["exit", "flood", "not a credential", "certificate without key"])
def test_case_65_a_plugin_that_fails_is_told_of(start_api, start_quick_proxy, tmp_path, script, said):
    server = start_api(**plugin(tmp_path, script))
    proxy = start_quick_proxy(server, "--timeout=500ms", ready=False)
    assert said in proxy.until_logged("trying again")
    assert server.requests == [] and proxy.get("/-/ready").status == 503


def test_case_65_a_missing_plugin_says_what_to_install(start_api, start_proxy, tmp_path):
    user = plugin(tmp_path, "")
    user["exec"]["command"] = "no-such-plugin"
    proxy = start_proxy(start_api(**user), "--timeout=500ms", ready=False)
    line = proxy.until_logged("trying again")
    assert "no-such-plugin" in line and "install the plugin of the cloud" in line


def test_case_65_a_plugin_that_hangs_holds_up_nobody(start_api, start_proxy, tmp_path):
    server = start_api(**plugin(tmp_path, "exec sleep 1000"))
    proxy = start_proxy(server, "--timeout=300ms", ready=False)
    for _ in range(20):
        assert proxy.get("/-/healthy").status == 200
    assert proxy.get().status == 503


def test_case_66_a_refused_credential_is_asked_for_anew(start_api, start_proxy, tmp_path):
    """At once where ten seconds are over since the last run, else then: test/unit/kube/exec_credentials.c."""
    runs = tmp_path / "runs"
    script = f"echo run >> {runs}\ntoken=old; [ $(wc -l < {runs}) -gt 1 ] && token=new\n" \
        + credential(token="TOKEN").replace("cat <<'END'", "sed s/TOKEN/$token/ <<'END'")
    server = start_api(**plugin(tmp_path, script))
    server.before = only(lambda: "new")
    proxy = start_proxy(server, ready=False)
    proxy.until_ready(30)
    assert names(proxy) == {"a"}
    assert [token_of(request) for request in server.asked()][0] == "old"
    assert runs.read_text().count("run") == 2


def test_case_67_kubeconfigs_are_merged_and_paths_are_beside_their_file(start_api, start_proxy, tmp_path, authority):
    """All rules: test/unit/kube/config.c."""
    server = start_api()
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    os.link(authority.certificate, second / "ca.pem")
    (first / "config").write_text(json.dumps({
        "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": "first"}}]}))
    (second / "config").write_text(json.dumps({
        "current-context": "other", "users": [{"name": "u", "user": {"token": "second"}}],
        "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{server.port}",
                                               "certificate-authority": "ca.pem"}}]}))
    paths = f"{first}/config::{second}/config:{tmp_path}/missing"
    proxy = start_proxy(server, environment={"KUBECONFIG": paths})
    assert names(proxy) == {"a"}
    assert {token_of(request) for request in server.asked()} == {"first"}


def test_case_68_no_token_over_plain_http(api, start_proxy):
    api.configure(user={"token": "very-secret"})
    api.add("a")
    proxy = start_proxy(api)
    assert names(proxy) == {"a"}
    assert all("authorization" not in request.headers for request in api.asked())
    assert any("level=warn" in line and "http" in line for line in proxy.lines)
    assert "very-secret" not in proxy.log


@pytest.mark.parametrize("provider, program", [("gcp", "gke-gcloud-auth-plugin"), ("azure", "kubelogin")])
def test_case_69_an_auth_provider_names_its_plugin(api, run_proxy, provider, program):
    api.configure(user={"auth-provider": {"name": provider}})
    code, lines = run_proxy(api, environment={"PORT": "0"})
    assert code == 2 and any(program in line for line in lines)


def test_an_anonymous_user_is_asked_for_credentials(start_api, start_quick_proxy):
    server = start_api()
    server.lists.append(reply(403, json.dumps({"kind": "Status", "code": 403, "reason": "Forbidden", "message":
                              'pods is forbidden: User "system:anonymous" cannot list resource "pods"'})))
    proxy = start_quick_proxy(server, ready=False)
    assert "no credentials were sent" in proxy.until_logged("system:anonymous")
    until_names(proxy, "a")
