"""Cases 42 to 53 of the table of faults (cases.md): what the API server says instead of an answer."""
import json

import pytest

from fault_server import S403, S410, error_event, names, reply, status, stream, until_names
from processes import eventually

PLAIN = "Content-Type: text/plain\r\n"


def test_case_42_a_busy_list_is_asked_for_again_when_it_said(api, start_proxy):
    api.add("a")
    api.lists.append(reply(429, "Too many requests, please try again later.", PLAIN + "Retry-After: 3\r\n"))
    proxy = start_proxy(api)
    first, second = api.asked(watch=False)
    assert 3 <= second.time - first.time < 6.5
    assert second.target == first.target
    assert names(proxy) == {"a"}


def test_case_43_a_busy_watch_never_becomes_a_list(api, start_proxy):
    """Three rounds; the twentieth in test/unit/kube/reflector_errors.c."""
    api.watches += [reply(429, "slow down", PLAIN)] * 3
    start_proxy(api)
    watches = api.until_asked(4, watch=True, seconds=40)
    assert len({watch.version for watch in watches}) == 1
    assert api.verbs == "LWWWW"
    waits = [later.time - sooner.time for sooner, later in zip(watches, watches[1:])]
    assert all(least < wait < 2 * least + 1 for least, wait in zip((0.8, 1.6, 3.2), waits))


@pytest.mark.parametrize("value", ["-1", "soon", "Fri, 31 Dec 1999 23:59:59 GMT", "1.5", ""])
def test_case_44_an_odd_retry_after_is_ignored(api, start_proxy, value):
    """One of a day is cut to five minutes: test/unit/kube/reflector_errors.c."""
    api.add("a")
    api.lists.append(reply(429, "slow down", PLAIN + f"Retry-After: {value}\r\n"))
    assert names(start_proxy(api)) == {"a"}
    first, second = api.asked(watch=False)
    assert 0.7 < second.time - first.time < 2


def test_case_45_a_server_that_shuts_down_is_asked_over_a_new_connection(api, start_proxy):
    api.watches.append(reply(503, status(503, "ServiceUnavailable", "leaving"), connection="Connection: close\r\n",
                             headers="Content-Type: application/json\r\nRetry-After: 1\r\n"))
    start_proxy(api)
    first, second = api.until_asked(2, watch=True)
    assert second.time - first.time >= 1 and second.connection != first.connection
    assert second.version == first.version and api.verbs == "LWW"


def test_case_46_the_third_error_of_the_server_leads_to_a_list(api, start_proxy):
    api.add("a")
    api.watches += [reply(500, status(500, "InternalError", "x")), reply(502, "<html>Bad Gateway</html>", PLAIN),
                    reply(504, "no Status", PLAIN)]
    proxy = start_proxy(api)
    watches = api.until_asked(4, watch=True, seconds=40)
    assert api.verbs == "LWWWLW"
    assert len({watch.version for watch in watches}) == 1
    assert names(proxy) == {"a"}
    waits = [later.time - sooner.time for sooner, later in zip(watches, watches[1:])]
    assert waits[0] > 0.7 and waits[1] > 1.5


def test_case_46_a_watch_between_forgets_the_errors_before(api, start_proxy):
    api.watches += [reply(500, "x", PLAIN), stream(delay=1.1), reply(500, "x", PLAIN), stream(delay=1.1),
                    reply(500, "x", PLAIN)]
    start_proxy(api)
    api.until_asked(6, watch=True)
    assert api.verbs == "LWWWWWW"


# 47 and 48 need TLS: test_cases_credentials.py


def test_case_49_forbidden_is_explained_and_recovered_from(api, start_quick_proxy):
    api.add("a")
    api.before = lambda request: reply(403, S403)
    proxy = start_quick_proxy(api, "--timeout=500ms", ready=False)
    proxy.until_logged("grant the verb")
    ready = proxy.get("/-/ready")
    assert ready.status == 503
    for word in ("cannot list resource", "grant the verb list on pods", "ClusterRoleBinding", "juju trust"):
        assert word in ready.text and word in proxy.log
    assert proxy.get("/-/healthy").status == 200 and proxy.get().status == 503
    api.until_asked(2, watch=False)
    api.before = None
    proxy.until_ready(20)
    assert names(proxy) == {"a"}
    assert sum("grant the verb" in line for line in proxy.lines) == 1
    assert proxy.get("/-/ready").text.startswith("ready\n")


def test_case_50_a_forbidden_watch_is_named_and_the_list_stays(api, start_quick_proxy):
    api.add("a")
    refusal = reply(403, S403.replace("list resource", "watch resource"))
    api.watches += [refusal] * 2
    proxy = start_quick_proxy(api)
    proxy.until_logged("grant the verb watch on pods (both list and watch are needed)")
    api.until_asked(2, watch=True)
    assert names(proxy) == {"a"}
    ready = proxy.get("/-/ready")
    assert ready.status == 200 and "cannot watch the pods" in ready.text
    assert api.verbs.startswith("LWW")
    api.until_watched()


def test_case_51_a_refused_selector_ends_the_program(api, run_proxy):
    api.lists.append(reply(400, status(400, "BadRequest", "unable to parse requirement: found 'b' expected: '('")))
    code, lines = run_proxy(api, environment={"PORT": "0"})
    assert code == 2
    assert sum("unable to parse requirement: found 'b' expected: '('" in line for line in lines) == 1


def test_case_52_a_redirect_is_not_followed(api, start_fault_server, start_quick_proxy):
    other = start_fault_server()
    api.add("a")
    api.lists.append(reply(302, "", f"Location: http://127.0.0.1:{other.port}/login\r\n"))
    proxy = start_quick_proxy(api, ready=False)
    proxy.until_logged(f"redirected to http://127.0.0.1:{other.port}/login")
    proxy.until_ready()
    assert names(proxy) == {"a"} and other.connections == 0


def test_case_53_a_page_is_not_an_empty_list(api, start_quick_proxy):
    api.add("a")
    api.watches.append(stream(error_event(S410)))
    body = json.dumps({"kind": "PodList", "metadata": {"resourceVersion": "20"}, "items": []})
    api.lists += [api.right_list, reply(200, body, "Content-Type: text/html; charset=utf-8\r\n")]
    proxy = start_quick_proxy(api)
    proxy.until_logged("text/html")
    assert names(proxy) == {"a"}
    api.until_asked(3, watch=False)
    until_names(proxy, "a")


def test_not_found_names_the_server(api, start_proxy):
    api.lists.append(reply(404, "404 page not found", PLAIN))
    proxy = start_proxy(api, ready=False)
    proxy.until_logged(f"is http://127.0.0.1:{api.port}, with its path, the address of an API server?")


def test_a_server_without_json_ends_the_program(api, run_proxy):
    api.lists.append(reply(406, status(406, "NotAcceptable", "only protobuf here")))
    code, lines = run_proxy(api, environment={"PORT": "0"})
    assert code == 2 and any("Accept: application/json" in line for line in lines)


def test_an_outage_is_one_line_and_its_end_is_another(api, start_quick_proxy):
    """As the person on call reads it."""
    api.add("a")
    proxy = start_quick_proxy(api)
    api.until_watched()
    lines = len(proxy.lines)
    api.stop_listening()
    proxy.until_logged("connection refused")
    api.watches.append(reply(503, "leaving", PLAIN))
    api.listen()
    eventually(lambda: "The API server is back" in proxy.log, 30, "the end of it")
    told = [line for line in proxy.lines[lines:] if "pod=" not in line]
    assert len(told) == 2, proxy.log
    assert "known pods stay" in told[0] and 'namespace=all' in told[0] and "after_s=" in told[1]
