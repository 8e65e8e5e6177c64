"""The Kubernetes API misbehaves: the program goes on, and its targets stay."""
import subprocess
import time

import pytest

from page import Page
from processes import eventually
from simulation import GONE


def heads_of(cluster, kind):
    """Request lines of the lists or watches so far."""
    return [line for line in (head.split("\r\n")[0] for head in cluster.requests())
            if ("watch=" in line) == (kind == "watch")]


def parameters(line):
    query = line.split(" ")[1].partition("?")[2]
    return dict(part.partition("=")[::2] for part in query.split("&"))


def everything(cluster):
    return {pod["name"]: 1 for pod in cluster.pods()}


# At start

def test_what_is_asked_of_the_api(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1", "--token=secret-token")
    cluster.api(token=None)
    start_proxy(cluster)
    cluster.until_watched()
    version = str(cluster.state()["version"])
    heads = cluster.requests()
    assert all(head.startswith("GET /api/v1/pods?") for head in heads)
    assert all("\r\nUser-Agent: metrics-proxy" in head for head in heads)
    assert all("application/json" in head for head in heads)
    assert not any("secret-token" in head for head in heads), "no token over plain HTTP"
    listing, watching = parameters(heads[0].split("\r\n")[0]), parameters(heads[-1].split("\r\n")[0])
    assert listing["resourceVersion"] == "0" and listing["limit"] == "500" and "watch" not in listing
    assert watching["resourceVersion"] == version and watching["allowWatchBookmarks"] == "true"
    assert 300 <= int(watching["timeoutSeconds"]) <= 600
    assert "gzip" not in heads[-1], "a watch is never compressed"
    assert listing["labelSelector"] == watching["labelSelector"] == "app%3Ddemo"


def test_the_start_shows_what_was_chosen(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    proxy = start_proxy(cluster, "--namespace=default", "--node-name=node-0",
                        environment={"POD_LABEL_SELECTOR": " app  =demo, tier notin (b, a,b) "})
    line = proxy.until_logged("Starting metrics proxy")
    assert 'labels="app=demo,tier notin (a,b)"' in line and "namespaces=default" in line and "node=node-0" in line
    line = proxy.until_logged("Using Kubernetes configuration")
    assert f"kubeconfig {cluster.kubeconfig}, context sim" in line and "credentials=" in line
    assert proxy.page().up_by_name() == {"pod-0": 1}


def test_an_api_server_that_is_down_at_start_is_waited_for(start_cluster, start_proxy):
    cluster = start_cluster("--pods=2", "--api-down")
    proxy = start_proxy(cluster, "--timeout=500ms", ready=False)
    answer = proxy.get()
    assert answer.status == 503 and "refused" in answer.text.lower(), answer
    assert len(answer.text.strip().splitlines()) == 1
    assert proxy.get("/-/ready").status == 503 and proxy.get("/-/healthy").status == 200
    assert proxy.get("/").status == 200
    cluster.api(listening=True)
    proxy.until_ready()
    proxy.until_up(everything(cluster))


def test_a_request_before_the_first_list_waits_for_it(start_cluster, start_proxy):
    cluster = start_cluster("--pods=2")
    cluster.fault(verb="list", count=1, action="pass", delay_ms=700)
    proxy = start_proxy(cluster, ready=False)
    before = time.monotonic()
    assert proxy.page().up_by_name() == everything(cluster)
    assert 0.3 < time.monotonic() - before < 3


def test_a_request_before_the_first_list_waits_no_longer_than_its_deadline(start_cluster, start_proxy):
    cluster = start_cluster("--pods=2")
    cluster.fault(verb="list", action="silence")
    proxy = start_proxy(cluster, ready=False)
    before = time.monotonic()
    answer = proxy.get(headers=["X-Prometheus-Scrape-Timeout-Seconds: 1"])
    assert answer.status == 503 and 0.4 < time.monotonic() - before < 1
    assert len(answer.text.strip().splitlines()) == 1


@pytest.mark.parametrize("status, body, shown", [
    (403, '{"kind":"Status","message":"pods is forbidden: User \\"u\\" cannot list resource","code":403}', "forbidden"),
    (401, '{"kind":"Status","message":"Unauthorized","reason":"Unauthorized","code":401}', "nauthorized"),
    (500, "oops", "500"), (502, "<html>Bad Gateway</html>", "502"), (404, "nothing here", "404"),
])
def test_errors_of_the_first_list_are_shown_and_survived(start_cluster, start_proxy, status, body, shown):
    cluster = start_cluster("--pods=1")
    cluster.fault(verb="list", count=2, status=status, body=body)
    proxy = start_proxy(cluster, "--timeout=400ms", ready=False)
    answer = eventually(lambda: (got := proxy.get()).status == 503 and shown in got.text and got, what=shown)
    assert len(answer.text.strip().splitlines()) == 1
    assert shown in proxy.get("/-/ready").text or proxy.get("/-/ready").status == 200
    proxy.until_ready(15)
    assert proxy.page().up_by_name() == {"pod-0": 1}


@pytest.mark.parametrize("fault", [
    {"status": 302, "headers": "Location: http://127.0.0.1:1/login\r\n"},
    {"status": 200, "headers": "Content-Type: text/html\r\n", "body": "<html>Log in</html>"},
    {"status": 200, "body": '{"kind":"Status","apiVersion":"v1","status":"Failure","code":500}'},
    {"status": 200, "body": '{"kind":"PodList","apiVersion":"v1","items":[]}'},
    {"status": 200, "body": ""}, {"action": "half"}, {"action": "half", "end": "reset"}, {"action": "drop"},
    {"action": "reset"}, {"action": "steps", "steps": ["HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]},
], ids=lambda fault: str(sorted(fault.items()))[:60])
def test_a_list_that_is_none_is_tried_again_and_never_taken_for_no_pods(start_cluster, start_proxy, fault):
    cluster = start_cluster("--pods=30")
    cluster.fault(verb="list", count=1, **fault)
    proxy = start_proxy(cluster, ready=False)
    page = Page(eventually(lambda: (got := proxy.get()).status == 200 and got.text, 15, "a page"))
    assert page.up_by_name() == everything(cluster)


def test_a_selector_that_the_api_server_refuses_ends_the_program(start_cluster, run_proxy):
    cluster = start_cluster()
    cluster.fault(verb="list", status=400, body='{"kind":"Status","apiVersion":"v1","status":"Failure","code":400,'
                                                '"reason":"BadRequest","message":"unable to parse requirement: <odd>"}')
    status, lines = run_proxy(cluster, environment={"PORT": "0"})
    assert status == 2
    assert any("unable to parse requirement: <odd>" in line for line in lines), lines


def test_a_400_later_on_does_not_end_the_program(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    proxy = start_proxy(cluster)
    cluster.until_watched()
    cluster.fault(count=1, status=400, body='{"kind":"Status","code":400,"message":"odd"}')
    cluster.watches("cut")
    cluster.add("later")
    proxy.until_up({"pod-0": 1, "later": 1}, 20)


def test_pages_of_a_list_are_followed(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1234")
    cluster.api(pages_always=True)
    proxy = start_proxy(cluster)
    assert len(proxy.page().up()) == 1234
    lists = [parameters(line) for line in heads_of(cluster, "list")]
    assert len(lists) == 3 and "continue" not in lists[0]
    assert all("continue" in page and page.get("resourceVersion", "") == "" for page in lists[1:])


def test_a_list_whose_next_page_is_gone_starts_over(start_cluster, start_proxy):
    cluster = start_cluster("--pods=7")
    cluster.api(pages_always=True, page_most=3)
    cluster.fault(verb="list", count=1, action="pass")
    cluster.fault(verb="list", count=1, status=410, body=str(GONE).replace("'", '"'))
    proxy = start_proxy(cluster, ready=False)
    proxy.until_ready(15)
    assert proxy.page().up_by_name() == everything(cluster)


def test_a_server_that_ignores_the_limit_is_fine(start_cluster, start_proxy):
    cluster = start_cluster("--pods=2000", "--object-bytes=6K")
    cluster.api(ignores_limit=True)
    assert len(start_proxy(cluster).page().up()) == 2000


# Later

def test_targets_stay_while_the_api_server_is_away_and_are_right_when_it_is_back(start_cluster, start_proxy):
    cluster = start_cluster("--pods=4")
    proxy = start_proxy(cluster)
    before = everything(cluster)
    cluster.api(listening=False)
    cluster.command("/api/close", {"reset": True})
    for _ in range(3):
        assert proxy.page().up_by_name() == before
    assert proxy.get("/-/healthy").status == 200
    cluster.delete("pod-0")
    cluster.add("later")
    cluster.command("/compact")
    cluster.api(listening=True)
    proxy.until_up(everything(cluster), 20)


@pytest.mark.parametrize("do", ["end", "cut", "reset"])
def test_a_watch_that_ends_goes_on_from_its_last_version(start_cluster, start_proxy, do):
    cluster = start_cluster("--pods=2")
    proxy = start_proxy(cluster)
    cluster.until_watched()
    cluster.add("first")
    proxy.until_up(everything(cluster))
    version = str(cluster.state()["version"])
    cluster.watches(do)
    cluster.add("second")
    proxy.until_up(everything(cluster))
    watches = [parameters(line) for line in heads_of(cluster, "watch")]
    assert watches[-1]["resourceVersion"] == version
    assert cluster.state()["lists"] == 1


def test_a_version_that_is_too_old_leads_to_a_new_list(start_cluster, start_proxy):
    cluster = start_cluster("--pods=3")
    proxy = start_proxy(cluster)
    cluster.until_watched()
    cluster.fault(verb="watch", count=1, action="drop")  # so that the compaction comes before it
    cluster.watches("cut")
    cluster.delete("pod-1")
    cluster.command("/compact")
    proxy.until_up({"pod-0": 1, "pod-2": 1}, 20)
    assert cluster.state()["lists"] == 2
    relist = parameters(heads_of(cluster, "list")[-1])
    assert "limit" not in relist and relist["resourceVersion"] not in ("", "0")


def test_bookmarks_move_the_version_and_are_no_pods(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    proxy = start_proxy(cluster)
    cluster.until_watched()
    cluster.add("elsewhere", labels="app=other")
    version = str(cluster.state()["version"])
    cluster.watches("bookmark")
    cluster.watches("end")
    eventually(lambda: cluster.state()["watches"] == 2, what="a second watch")
    assert parameters(heads_of(cluster, "watch")[-1])["resourceVersion"] == version
    assert proxy.page().up_by_name() == {"pod-0": 1}


def test_too_many_requests_are_answered_with_patience(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    cluster.fault(verb="list", count=1, status=429, headers="Retry-After: 2\r\n", body="Too many requests")
    before = time.monotonic()
    proxy = start_proxy(cluster)
    assert 1.9 < time.monotonic() - before < 8
    assert proxy.page().up_by_name() == {"pod-0": 1}


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_watch_that_is_refused_for_a_while_loses_no_target(start_cluster, start_proxy, status):
    cluster = start_cluster("--pods=2")
    proxy = start_proxy(cluster)
    cluster.until_watched()
    cluster.fault(count=1, status=status, body=f'{{"kind":"Status","code":{status},"message":"no"}}')
    cluster.watches("cut")
    cluster.add("later")
    assert {"pod-0": 1, "pod-1": 1}.items() <= proxy.page().up_by_name().items()
    proxy.until_up(everything(cluster), 20)


@pytest.mark.parametrize("text", [
    "this is no JSON\n", '{"type":"FOO","object":{}}\n', '{"type":"ERROR","object":{"kind":"Pod"}}\n',
    '{"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError","message":"x"}}\n', "[]\n", "1\n",
    '{"type":"ADDED","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","uid":"u","resourceVersion":"9"}}}\n',
    '{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"n","resourceVersion":"1009"}}}\n',
    '{"type":"MODIFIED"}\n', '{"type":"ADDED","object":' + "[" * 100_000 + "\n", "\r\n \n\n", "\0\0\n",
], ids=lambda text: text[:30].strip() or "blanks")
def test_odd_events_are_survived(start_cluster, start_proxy, text):
    cluster = start_cluster("--pods=2")
    proxy = start_proxy(cluster)
    cluster.until_watched()
    assert cluster.watches("send", text=text) == 1
    cluster.add("later")
    proxy.until_up(everything(cluster), 20)


def test_an_event_in_many_pieces_is_one_event(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    event = ('{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"é\\u00e9\\"",'
             '"namespace":"n","uid":"u1","resourceVersion":"2000","annotations":{"prometheus.io/scrape":"true",'
             f'"prometheus.io/port":"{cluster.pod_port}"}}}},"status":{{"phase":"Running","podIP":"127.8.8.8"}}}}}}\n')
    steps = []
    for i in range(0, len(event), 5):
        piece = event[i:i + 5]
        steps += [f"{len(piece.encode()):x}\r\n{piece}\r\n", 1]
    cluster.fault(verb="watch", count=1, action="steps", end="hold",
                  steps=["HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", *steps])
    proxy = start_proxy(cluster)
    cluster.behave("127.8.8.8", body="x 1\n")
    page = proxy.until_up({"pod-0": 1, 'éé"': 1})
    assert page.up()["n", 'éé"'] == 1


# Namespaces

def test_only_the_namespaces_asked_for_are_watched(start_cluster, start_proxy):
    cluster = start_cluster("--pods=6", "--namespaces=a,b,c")
    proxy = start_proxy(cluster, "--namespace=a,c")
    assert sorted(proxy.page().up()) == [("a", "pod-0"), ("a", "pod-3"), ("c", "pod-2"), ("c", "pod-5")]
    paths = {head.split(" ")[1].partition("?")[0] for head in cluster.requests()}
    assert paths == {"/api/v1/namespaces/a/pods", "/api/v1/namespaces/c/pods"}


def test_a_forbidden_namespace_does_not_hold_up_the_others(start_cluster, start_proxy):
    cluster = start_cluster("--pods=6", "--namespaces=a,b,c")
    cluster.api(forbidden=[{"namespace": "b"}])
    proxy = start_proxy(cluster, ready=False, environment={"WATCH_NAMESPACE": "a,b,c"})
    eventually(lambda: {space for space, _ in proxy.page().up()} == {"a", "c"}, what="the other two")
    ready = proxy.get("/-/ready")
    assert ready.status == 503 and "forbidden" in ready.text
    assert "namespace b" in ready.text or '"b"' in ready.text
    assert "namespace a" not in ready.text
    cluster.api(forbidden=[])
    proxy.until_ready(20)
    assert {space for space, _ in proxy.page().up()} == {"a", "b", "c"}


def test_a_forbidden_watch_is_said_to_be_one(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    cluster.api(forbidden=[{"verb": "watch"}])
    proxy = start_proxy(cluster)
    assert proxy.page().up_by_name() == {"pod-0": 1}
    eventually(lambda: any("watch" in line and "forbidden" in line for line in proxy.lines), what="a line about it")


def test_an_outage_is_not_a_flood_of_lines(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1", "--api-down")
    proxy = start_proxy(cluster, ready=False)
    eventually(lambda: sum("refused" in line for line in proxy.lines) >= 1, what="a line about it")
    lines = len(proxy.lines)
    time.sleep(3)  # two attempts or three; silence has nothing else to wait for
    assert len(proxy.lines) - lines <= 1, proxy.log


# Credentials

@pytest.fixture
def certificate(tmp_path):
    folder = tmp_path / "tls"
    folder.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-days", "2", "-subj", "/CN=sim",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return folder


def tls_options(certificate):
    return [f"--tls-cert={certificate}/cert.pem", f"--tls-key={certificate}/key.pem", f"--tls-ca={certificate}/cert.pem"]


def test_a_token_is_sent_over_tls_and_never_logged(start_cluster, start_proxy, certificate):
    cluster = start_cluster("--pods=2", "--token=very-secret-token", *tls_options(certificate))
    proxy = start_proxy(cluster, "--log.level=debug")
    assert proxy.page().up_by_name() == everything(cluster)
    assert all("\r\nAuthorization: Bearer very-secret-token" in head for head in cluster.requests())
    cluster.api(token="another")
    cluster.watches("cut")
    eventually(lambda: any("401: Unauthorized" in line for line in proxy.lines), what="a 401")
    assert "very-secret-token" not in proxy.log
    for page in ("/", "/-/ready", "/metrics"):
        assert "very-secret-token" not in proxy.get(page).text


def test_a_token_file_that_was_rotated_is_read_again_after_a_401(start_cluster, start_proxy, certificate, tmp_path):
    cluster = start_cluster("--pods=1", "--token=first", *tls_options(certificate))
    token = tmp_path / "token"
    token.write_text("first\n")
    cluster.kubeconfig.write_text(cluster.kubeconfig.read_text().replace('token: "first"', f"tokenFile: {token}"))
    proxy = start_proxy(cluster)
    token.write_text("second\n")
    cluster.api(token="second")
    cluster.add("later")
    cluster.watches("cut")
    proxy.until_up({"pod-0": 1, "later": 1}, 15)


def test_a_certificate_of_another_authority_is_refused(start_cluster, start_proxy, certificate, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", other / "key.pem", "-out", other / "ca.pem", "-days", "2", "-subj", "/CN=other"],
                   check=True, capture_output=True)
    cluster = start_cluster("--pods=1", *tls_options(certificate)[:2], f"--tls-ca={other}/ca.pem")
    proxy = start_proxy(cluster, "--timeout=500ms", ready=False)
    assert proxy.get().status == 503
    assert "certificate" in proxy.get("/-/ready").text
    assert cluster.requests() == []
