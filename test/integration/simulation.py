"""The simulated cluster, and how tests speak of it: by pods' names."""
import http.client
import json
import os
import pathlib
import re
import subprocess

from processes import Process, eventually

GONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 410, "reason": "Expired",
        "message": "too old resource version: 1 (2)"}


def program(variable, path):
    """Where a program is: named by its own variable, or in the build folder that PROXY_BUILD names."""
    if variable in os.environ:
        return os.environ[variable]
    folder = os.environ.get("PROXY_BUILD")
    if folder is None:
        folder = pathlib.Path(__file__).resolve().parents[2] / "build" / "dev"
    return str(pathlib.Path(folder) / path)


class Cluster:
    def __init__(self, folder, *options):
        self.folder = pathlib.Path(folder)
        self.kubeconfig = self.folder / "kubeconfig"
        arguments = [program("CLUSTER_SIM", "test/sim/cluster_sim"), "--exit-with-stdin",
                     f"--kubeconfig={self.kubeconfig}", *options]
        self.process = Process(arguments, stdout=subprocess.PIPE)
        ready = self.process.process.stdout.readline()
        assert ready, self.process.log
        ports = json.loads(ready)
        self.api_port = ports["api_port"]
        self.pod_port = ports["pod_port"]
        self.dead_port = ports["dead_port"]
        self.control_port = ports["control_port"]
        self.seen = 0

    def stop(self):
        return self.process.stop()

    def command(self, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=30)
        try:
            connection.request("POST", path, json.dumps({} if body is None else body))
            answer = connection.getresponse()
            result = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status == 200, f"{path} {body}: {result}"
        return result

    # Pods

    def add(self, name, namespace="default", server=None, annotations=None, **more):
        """A pod, and how its server behaves. `more`: ip, port, labels, patch."""
        patch = more.pop("patch", {})
        if annotations is not None:
            patch.setdefault("metadata", {})["annotations"] = annotations
        pod = self.command("/pods/add", {"name": name, "namespace": namespace, "patch": patch, **more})
        if server is not None:
            self.behave(pod["ip"], port=more.get("port", self.pod_port), **server)
        return pod

    def put(self, pod):
        return self.command("/pods/add", {"object": pod})

    def patch(self, name, patch, namespace="default"):
        return self.command("/pods/patch", {"name": name, "namespace": namespace, "patch": patch})

    def annotate(self, name, namespace="default", **annotations):
        annotations = {"prometheus.io/" + key: value for key, value in annotations.items()}
        return self.patch(name, {"metadata": {"annotations": annotations}}, namespace)

    def delete(self, name=None, namespace="default", uid=None):
        return self.command("/pods/delete", {"uid": uid} if uid else {"name": name, "namespace": namespace})

    def pods(self):
        return self.command("/pods")["pods"]

    # Their servers

    def behave(self, address, **settings):
        """`address` is an IP or the name of a pod in the namespace default."""
        return self.command("/servers/set", {**self.place(address), **settings})

    def server(self, address, **more):
        return self.command("/servers", {**self.place(address), **more})

    @staticmethod
    def place(address):
        return {"ip": address} if re.fullmatch(r"[0-9.]+", address) else {"name": address}

    # The API

    def fault(self, **fault):
        self.command("/faults/add", fault)

    def clear_faults(self):
        self.command("/faults/clear")

    def api(self, **settings):
        return self.command("/api", settings)

    def watches(self, do, **more):
        return self.command("/watches", {"do": do, **more})["watches"]

    def state(self):
        return self.command("/state")

    def requests(self):
        """The heads of the requests to the API since the last call."""
        result = self.command("/requests", {"from": self.seen})
        self.seen = result["next"]
        return [request["head"] for request in result["requests"]]

    def until_watched(self, watches=1):
        eventually(lambda: self.state()["watching"] >= watches, what=f"{watches} watches")
