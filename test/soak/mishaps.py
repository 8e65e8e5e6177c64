"""What befalls the API, each at random: mishap(cluster, chance). calm() ends all of it."""
import json
import time

STATUS = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
STATUSES = [
    {**STATUS, "code": 410, "reason": "Expired", "message": "too old resource version"},
    {**STATUS, "code": 500, "reason": "InternalError", "message": "etcd is in trouble"},
    {**STATUS, "code": 429, "reason": "TooManyRequests", "message": "later", "details": {"retryAfterSeconds": 1}},
    {**STATUS, "code": 504, "reason": "Timeout", "message": "Too large resource version: 9, current: 1", "details": {
        "causes": [{"reason": "ResourceVersionTooLarge"}], "retryAfterSeconds": 1}},
    {**STATUS, "code": 401, "reason": "Unauthorized", "message": "Unauthorized"},
    {**STATUS, "code": 403, "reason": "Forbidden", "message": "pods is forbidden"},
    {**STATUS, "code": 404, "reason": "NotFound", "message": "the server could not find the requested resource"},
    {**STATUS, "code": 422, "reason": "Invalid", "message": "sendInitialEvents is forbidden"},
]
ODD_TEXTS = [
    "{\"type\":\"FOO\",\"object\":{}}\n", "no JSON at all\n", "\n\r\n\n", "{\"type\":\"ADDED\"", "}]}\n", "null\n",
    "{\"type\":\"DELETED\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"uid\":\"never-seen\",\"name\":\"x\"}}}\n",
    "{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Node\",\"metadata\":{\"uid\":\"n\",\"resourceVersion\":\"1\"}}}\n",
    "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Pod\"}}\n", "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\"}}\n",
]
JSON_TYPE = "Content-Type: application/json\r\n"


def end_watches(cluster, chance):
    cluster.watches(chance.choice(["end", "cut", "reset"]))


def silence_watches(cluster, chance):
    cluster.watches("silence")


def send_bookmarks(cluster, chance):
    cluster.watches("bookmark")


def send_error_event(cluster, chance):
    cluster.watches("send", text=json.dumps({"type": "ERROR", "object": chance.choice(STATUSES)}) + "\n")


def send_odd_text(cluster, chance):
    cluster.watches(chance.choice(["send", "send", "send_unframed"]), text=chance.choice(ODD_TEXTS))


def answer_with_status(cluster, chance):
    status = chance.choice(STATUSES)
    headers = JSON_TYPE + chance.choice(["", "Retry-After: 1\r\n", "Retry-After: soon\r\n", "Connection: close\r\n"])
    cluster.fault(count=chance.randrange(1, 4), status=status["code"], headers=headers, body=json.dumps(status))


def answer_with_rubbish(cluster, chance):
    cluster.fault(count=1, **chance.choice([
        {"status": 502, "headers": "Content-Type: text/html\r\n", "body": "<html>Bad Gateway</html>"},
        {"status": 200, "headers": "Content-Type: text/html\r\n", "body": "<html>Log in</html>"},
        {"status": 302, "headers": "Location: http://127.0.0.1:1/login\r\n"},
        {"status": 200, "headers": JSON_TYPE, "body": "{\"kind\":\"PodList\",\"items\":[]}"},
        {"status": 200, "headers": JSON_TYPE, "body": "{\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"uid\":"},
        {"status": 200, "headers": JSON_TYPE, "body": ""}, {"action": "half"}, {"action": "half", "end": "reset"},
        {"action": "steps", "steps": ["HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]},
        {"action": "steps", "steps": ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 50, "zz\r\n"]}]))


def answer_late_or_never(cluster, chance):
    cluster.fault(count=1, action=chance.choice(["pass", "silence", "head", "drop", "reset"]),
                  delay_ms=chance.randrange(1, 600))


def compact(cluster, chance):
    cluster.command("/compact")


def go_back_in_time(cluster, chance):
    """As etcd restored from a backup: nobody's connection outlives that."""
    if chance.random() < 0.2:
        version = cluster.state()["version"]
        cluster.command("/version", {"version": version - 500_000})
        cluster.command("/api/close", {"reset": True})


def close_connections(cluster, chance):
    cluster.command("/api/close", {"reset": chance.random() < 0.5})


def go_away(cluster, chance):
    if chance.random() < 0.3:
        cluster.api(listening=False)
        cluster.command("/api/close", {"reset": True})
        time.sleep(chance.uniform(0, 0.7))
        cluster.api(listening=True)


def forbid(cluster, chance):
    rule = {key: value for key, value in (("verb", chance.choice(["list", "watch", None])),
                                          ("namespace", chance.choice(["alpha", "", None]))) if value is not None}
    cluster.api(forbidden=chance.choice([[], [], [rule]]))


def change_manners(cluster, chance):
    unruly(cluster, chance)


def unruly(cluster, chance):
    """How it pages, and whether it streams lists: both change with a new version of the server."""
    cluster.api(pages_always=chance.random() < 0.5, ignores_limit=chance.random() < 0.2,
                page_most=chance.choice([0, 7, 50]), watch_list=chance.random() < 0.7)


def calm(cluster):
    cluster.clear_faults()
    cluster.api(listening=True, forbidden=[])
    cluster.watches("reset")  # some of them may be silent, or in the middle of an odd text


API_MISHAPS = [end_watches, silence_watches, send_bookmarks, send_error_event, send_odd_text, answer_with_status,
               answer_with_rubbish, answer_late_or_never, compact, go_back_in_time, close_connections, go_away, forbid,
               change_manners]
