"""Many who ask at once: each has a scrape of its own while there are places, and no number of them takes all memory."""
import re
import time

from conftest import is_sanitized

OPENMETRICS = ["Accept: application/openmetrics-text;version=1.0.0"]


def ask(proxy, count, headers=()):
    connections = [proxy.connect(receive_buffer=4096, timeout=30) for _ in range(count)]
    for connection in connections:
        connection.request(headers=headers)
    return connections


def requests_of(cluster, name):
    return cluster.server(name)["requests"]


def test_beyond_the_places_equal_questions_share_a_scrape(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    cluster.add("slow", server={"delay_ms": 1000, "body": "a 1\n"})
    proxy = start_proxy(cluster, "--web.max-requests=2")
    connections = ask(proxy, 10)
    assert all('up{k8s_pod_name="slow",k8s_namespace="default"} 1' in each.answer().text for each in connections)
    assert requests_of(cluster, "slow") == 2


def test_beyond_the_places_another_question_waits_for_its_turn(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    cluster.add("slow", server={"delay_ms": 500, "body": "a 1\n"})
    proxy = start_proxy(cluster, "--web.max-requests=1")
    first = ask(proxy, 1)[0]
    second = ask(proxy, 1, OPENMETRICS)[0]
    assert not first.answer().text.endswith("# EOF\n")
    assert second.answer().text.endswith("# EOF\n")
    assert requests_of(cluster, "slow") == 2


def test_at_its_deadline_who_waits_is_told_to_ask_again(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    cluster.add("hanging", server={"behaviour": "hang_head"})
    proxy = start_proxy(cluster, "--web.max-requests=1", "--timeout=2s")
    first = ask(proxy, 1)[0]
    before = time.monotonic()
    answer = ask(proxy, 1, ["X-Prometheus-Scrape-Timeout-Seconds: 1"])[0].answer()
    assert answer.status == 503 and "--web.max-requests" in answer.text and answer.headers["retry-after"] == "5"
    assert time.monotonic() - before < 1.5
    assert first.answer().status == 200


def test_clients_that_do_not_read_cost_the_memory_of_a_few_pages(start_cluster, start_proxy):
    cluster = start_cluster("--pods=100", "--pod-bytes=100K")
    proxy = start_proxy(cluster, "--web.max-requests=4", "--web.gzip=false")
    page = len(proxy.page().text)
    before = proxy.memory_kb()
    connections = ask(proxy, 40)
    for connection in connections[:4]:
        connection.head()
    assert proxy.get("/-/healthy").status == 200
    if not is_sanitized():
        assert proxy.memory_kb("VmHWM") - before < 6 * page / 1024 + 20_000, "four pages, and not forty"
    for connection in connections:
        connection.reset()
    assert re.search(r"(?m)^up\{", proxy.page().text)
