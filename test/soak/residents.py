"""The pods of the simulated cluster, and who of them should be on the page."""
import http.client
import json

LABELS = "app=demo"


def listed(cluster):
    """The pods as the API server has them, by its own words."""
    connection = http.client.HTTPConnection("127.0.0.1", cluster.api_port, timeout=30)
    try:
        connection.request("GET", "/api/v1/pods?labelSelector=app%3Ddemo")
        return json.loads(connection.getresponse().read())["items"]
    finally:
        connection.close()


def is_eligible(pod):
    status = pod["status"]
    annotations = pod["metadata"].get("annotations", {})
    return (annotations.get("prometheus.io/scrape") == "true" and bool(status.get("podIP"))
            and status["phase"] not in ("Succeeded", "Failed"))


def eligible(cluster):
    """[(namespace, name)]"""
    return [(pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in listed(cluster) if is_eligible(pod)]


class Residents:
    def __init__(self, cluster, namespaces, chance):
        self.cluster, self.namespaces, self.chance = cluster, namespaces, chance
        self.names = []  # (namespace, name)
        self.gone = []
        self.numbers = 0
        self.changes = 0

    def settle_in(self, count):
        for _ in range(count):
            self.add()

    def change(self):
        self.changes += 1
        kinds = [self.add, self.add_again, self.finish, self.switch_off, self.switch_on, self.relabel, self.move,
                 self.take_address, self.delete, self.delete, self.touch, self.annotate_much]
        self.chance.choice(kinds)()

    def some(self):
        return self.chance.choice(self.names)

    def patch(self, patch):
        namespace, name = self.some()
        self.cluster.patch(name, patch, namespace)

    def put(self, place):
        self.cluster.add(place[1], place[0], labels=LABELS, ip=self.address(), patch={"metadata": {"annotations": {
            "example.com/note": "x" * self.chance.randrange(3000)}}})
        self.names.append(place)

    def add(self):
        if len(self.names) < 150:
            self.numbers += 1
            self.put((self.chance.choice(self.namespaces), f"pod-{self.numbers}"))

    def add_again(self):
        """Under a name that was there before: another UID."""
        if self.gone:
            self.put(self.gone.pop(self.chance.randrange(len(self.gone))))

    def delete(self):
        if len(self.names) > 20:
            place = self.names.pop(self.chance.randrange(len(self.names)))
            self.cluster.delete(place[1], place[0])
            self.gone = [*self.gone[-20:], place]

    def finish(self):
        self.patch({"status": {"phase": self.chance.choice(["Succeeded", "Failed", "Running", "Pending"])}})

    def switch_off(self):
        self.patch({"metadata": {"annotations": {"prometheus.io/scrape": self.chance.choice(["false", None])}}})

    def switch_on(self):
        self.patch({"metadata": {"annotations": {"prometheus.io/scrape": "true"}}})

    def relabel(self):
        self.patch({"metadata": {"labels": {"app": self.chance.choice(["demo", "demo", "other"])}}})

    def move(self):
        address = self.address()
        self.patch({"status": {"podIP": address, "podIPs": [{"ip": address}]}})

    def address(self):
        """One of a few: connections to each are kept, and their number shall say nothing about the time that passed."""
        return f"127.9.9.{self.chance.randrange(1, 200)}"

    def take_address(self):
        self.patch({"status": {"podIP": None, "podIPs": None}})

    def touch(self):
        self.cluster.command("/pods/touch", {"count": self.chance.randrange(1, 100)})

    def annotate_much(self):
        self.patch({"metadata": {"annotations": {"example.com/text": "\"\\\u00e9{}[]" * self.chance.randrange(2000)}}})
