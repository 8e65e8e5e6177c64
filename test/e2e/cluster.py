"""A real API server with its etcd, and what a kubelet would do to pods: write their status.

There is no scheduler, no controller and no kubelet, so a pod is what the test writes. Every address is on loopback.
"""
import contextlib
import json
import ssl
import subprocess

from processes import Process, eventually
from web import answers, free_port, kill, request, until

ADMIN = "admin-token"
AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
                "rules": [{"level": "Metadata", "resources": [{"group": "", "resources": ["pods"]}]},
                          {"level": "None"}]}
KUBECONFIG = """apiVersion: v1
kind: Config
current-context: test
contexts:
- name: test
  context:
    cluster: test
    user: proxy
clusters:
- name: test
  cluster:
    server: {server}
    certificate-authority: {authority}
users:
- name: proxy
  user:
    token: {token}
"""


class ApiError(AssertionError):
    pass


class Cluster:
    def __init__(self, assets, folder):
        self.assets = assets
        self.folder = folder
        self.etcd_port = free_port()
        self.port = free_port()
        self.server = f"https://127.0.0.1:{self.port}"
        self.authority = folder / "certs" / "apiserver.crt"
        self.audit_log = folder / "audit.log"
        self.api_server = None
        self.start_etcd()
        self.write_files()
        self.start()

    # Its programs

    def start_etcd(self):
        client = f"http://127.0.0.1:{self.etcd_port}"
        peer = f"http://127.0.0.1:{free_port()}"
        self.etcd = Process(
            [self.assets / "etcd", "--data-dir", self.folder / "etcd", "--unsafe-no-fsync",
             "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
             "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"])
        until(self.etcd, lambda: answers(f"{client}/health"), what="etcd")

    def write_files(self):
        subprocess.run(["openssl", "genrsa", "-out", self.folder / "sa.key", "2048"], check=True, capture_output=True)
        (self.folder / "tokens.csv").write_text(f"{ADMIN},admin,admin,system:masters\n")
        (self.folder / "audit.json").write_text(json.dumps(AUDIT_POLICY))

    def start(self):
        self.api_server = Process(
            [self.assets / "kube-apiserver", "--etcd-servers", f"http://127.0.0.1:{self.etcd_port}",
             "--bind-address", "127.0.0.1", "--secure-port", self.port, "--cert-dir", self.folder / "certs",
             "--service-account-issuer", "https://kubernetes.default.svc",
             "--service-account-key-file", self.folder / "sa.key",
             "--service-account-signing-key-file", self.folder / "sa.key",
             "--token-auth-file", self.folder / "tokens.csv", "--authorization-mode", "RBAC",
             "--service-cluster-ip-range", "10.0.0.0/24", "--disable-admission-plugins", "ServiceAccount",
             "--audit-policy-file", self.folder / "audit.json", "--audit-log-path", self.audit_log])
        until(self.api_server, self.authority.exists, what="its certificate")
        self.tls = ssl.create_default_context(cafile=self.authority)
        ready = {"headers": self.bearer(ADMIN), "tls": self.tls}
        until(self.api_server, lambda: answers(f"{self.server}/readyz", **ready), what="the API server")

    @contextlib.contextmanager
    def outage(self):
        """Without an API server; it is back after the block, whatever happens in it."""
        kill(self.api_server)
        try:
            yield
        finally:
            self.start()

    def stop(self):
        kill(self.api_server)
        kill(self.etcd)

    # Its API

    @staticmethod
    def bearer(token):
        return {"Authorization": f"Bearer {token}"}

    def call(self, method, path, content=None, patch=False):
        headers = self.bearer(ADMIN)
        headers["Content-Type"] = "application/merge-patch+json" if patch else "application/json"
        body = json.dumps(content).encode() if content is not None else None
        answer = request(self.server + path, method, headers, body, tls=self.tls)
        if answer.status >= 300:
            raise ApiError(f"{method} {path}: {answer.status} {answer.text}")
        return answer.json

    def create(self, path, kind, name, version="v1", **content):
        """Creates the object, or leaves the one that is there."""
        try:
            return self.call("POST", path, {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **content})
        except ApiError as error:
            if ": 409 " not in str(error):
                raise

    def create_namespace(self, name):
        self.create("/api/v1/namespaces", "Namespace", name)

    # Who may ask it

    def create_account(self, name):
        """A service account without any right; its token."""
        path = "/api/v1/namespaces/default/serviceaccounts"
        eventually(lambda: self.call("GET", "/api/v1/namespaces/default"))
        self.create(path, "ServiceAccount", name)
        content = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
        return self.call("POST", f"{path}/{name}/token", content)["status"]["token"]

    def allow(self, account):
        """What the program needs to know all pods, and no more."""
        roles = "/apis/rbac.authorization.k8s.io/v1"
        self.create(f"{roles}/clusterroles", "ClusterRole", account, "rbac.authorization.k8s.io/v1",
                    rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}])
        self.bind(f"{roles}/clusterrolebindings", "ClusterRoleBinding", "ClusterRole", account)

    def allow_in(self, namespace, account):
        roles = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
        self.create(f"{roles}/roles", "Role", account, "rbac.authorization.k8s.io/v1",
                    rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}])
        self.bind(f"{roles}/rolebindings", "RoleBinding", "Role", account)

    def bind(self, path, kind, role_kind, account):
        self.create(path, kind, account, "rbac.authorization.k8s.io/v1",
                    roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": account},
                    subjects=[{"kind": "ServiceAccount", "name": account, "namespace": "default"}])

    def write_kubeconfig(self, path, token):
        path.write_text(KUBECONFIG.format(server=self.server, authority=self.authority, token=token))
        return path

    def audited(self, account):
        """The verbs, as a set, with which the account asked for pods."""
        events = [json.loads(line) for line in self.audit_log.read_text().splitlines()]
        user = f"system:serviceaccount:default:{account}"
        return {event["verb"] for event in events if event["user"]["username"] == user}


class Pods:
    """The pods of one test: one namespace, one label."""

    def __init__(self, cluster, namespace):
        self.cluster = cluster
        self.namespace = namespace
        self.labels = {"app": namespace}
        self.selector = f"app={namespace}"
        self.path = f"/api/v1/namespaces/{namespace}/pods"
        cluster.create_namespace(namespace)

    def create(self, name, address=None, annotations=None, labels=None, phase="Running"):
        container = {"name": "main", "image": "none.invalid/none"}
        metadata = {"name": name, "labels": labels or self.labels, "annotations": annotations or {}}
        content = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}
        self.cluster.call("POST", self.path, content)
        if address:
            self.run(name, address, phase)

    def create_for(self, name, server, **options):
        """A running pod that tells to scrape this HTTP server."""
        annotations = {"prometheus.io/scrape": "true", "prometheus.io/port": str(server.port)}
        annotations.update(options.pop("annotations", {}))
        self.create(name, server.address, annotations=annotations, **options)

    def run(self, name, address, phase="Running"):
        """What a kubelet writes."""
        status = {"phase": phase, "podIP": address, "podIPs": [{"ip": address}]}
        self.cluster.call("PATCH", f"{self.path}/{name}/status", {"status": status}, patch=True)

    def finish(self, name, phase):
        self.cluster.call("PATCH", f"{self.path}/{name}/status", {"status": {"phase": phase}}, patch=True)

    def annotate(self, name, **annotations):
        """prometheus.io/NAME = value; None takes the annotation away."""
        changes = {f"prometheus.io/{key}": value for key, value in annotations.items()}
        self.cluster.call("PATCH", f"{self.path}/{name}", {"metadata": {"annotations": changes}}, patch=True)

    def label(self, name, labels):
        self.cluster.call("PATCH", f"{self.path}/{name}", {"metadata": {"labels": labels}}, patch=True)

    def delete(self, name):
        self.cluster.call("DELETE", f"{self.path}/{name}?gracePeriodSeconds=0")
