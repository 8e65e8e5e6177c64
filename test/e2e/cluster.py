"""A real API server with its etcd, and what a kubelet would do to pods: write their status.

There is no scheduler, no controller and no kubelet, so a pod is what the test writes. Every address is on loopback.
"""
import concurrent.futures
import contextlib
import dataclasses
import json
import ssl
import subprocess
import urllib.parse

from authority import Authority
from processes import Process, eventually
from service_account import sign_token
from web import KeptConnections, answers, free_port, kill, request, until

ADMIN = "admin-token"
# Whatever an account asks for, and whatever anybody but the tests asks of pods, a wrong token included.
AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
                "rules": [{"level": "None", "users": ["admin", "system:apiserver"]},
                          {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
                          {"level": "Metadata", "resources": [{"group": "", "resources": ["pods"]}]},
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
  user: {user}
"""


GROUP = "rbac.authorization.k8s.io"
RBAC = f"{GROUP}/v1"
ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"
VERBS = ("list", "watch")


def rules(verbs):
    return [{"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs)}]


class ApiError(AssertionError):
    pass


@dataclasses.dataclass
class AuditedRequest:
    id: str
    stage: str
    verb: str
    user: str
    agent: str
    path: str
    parameters: dict
    code: int
    credential: str

    @staticmethod
    def of(event):
        address = urllib.parse.urlsplit(event["requestURI"])
        extra = event["user"].get("extra", {})
        return AuditedRequest(
            id=event["auditID"], stage=event["stage"], verb=event["verb"], user=event["user"].get("username", ""),
            agent=event.get("userAgent", ""), path=address.path, code=event.get("responseStatus", {}).get("code", 0),
            parameters=dict(urllib.parse.parse_qsl(address.query, strict_parsing=True)),
            credential=extra.get("authentication.kubernetes.io/credential-id", [""])[0])


class Cluster:
    def __init__(self, assets, folder):
        self.assets = assets
        self.folder = folder
        self.etcd_port = free_port()
        self.port = free_port()
        self.server = f"https://127.0.0.1:{self.port}"
        self.authority = folder / "authority.crt"
        self.serving = (folder / "serving.crt", folder / "serving.key")
        self.authorities = 0
        self.audit_log = folder / "audit.log"
        self.api_server = None
        self.clients = Authority(folder, "clients")
        self.start_etcd()
        self.write_files()
        self.replace_authority()
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
             "--tls-cert-file", self.serving[0], "--tls-private-key-file", self.serving[1],
             "--client-ca-file", self.clients.certificate,
             "--service-account-issuer", "https://kubernetes.default.svc",
             "--service-account-key-file", self.folder / "sa.key",
             "--service-account-signing-key-file", self.folder / "sa.key",
             "--token-auth-file", self.folder / "tokens.csv", "--authorization-mode", "RBAC",
             "--service-cluster-ip-range", "10.0.0.0/24", "--disable-admission-plugins", "ServiceAccount",
             "--audit-policy-file", self.folder / "audit.json", "--audit-log-path", self.audit_log])
        ready = {"headers": self.bearer(ADMIN), "tls": self.tls}
        until(self.api_server, lambda: answers(f"{self.server}/readyz", **ready), what="the API server")

    def replace_authority(self):
        """A new authority and a new serving certificate of it, which a new start of the API server uses."""
        self.authorities += 1
        authority = Authority(self.folder, f"authority-{self.authorities}")
        authority.issue_server(*self.serving)
        self.authority.write_text(authority.certificate.read_text())
        self.tls = ssl.create_default_context(cafile=self.authority)
        self.connections = KeptConnections(self.port, self.tls)

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
        answer = self.connections.request(method, path, headers, body)
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
        eventually(lambda: self.call("GET", "/api/v1/namespaces/default"))
        self.create(ACCOUNTS, "ServiceAccount", name)
        return self.create_token(name)

    def create_token(self, account):
        content = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
        return self.call("POST", f"{ACCOUNTS}/{account}/token", content)["status"]["token"]

    def create_short_token(self, account, seconds):
        uid = self.call("GET", f"{ACCOUNTS}/{account}")["metadata"]["uid"]
        return sign_token(self.folder / "sa.key", account, uid, seconds)

    def allow(self, account, verbs=VERBS, kind="ServiceAccount"):
        """What the program needs to know all pods, and no more. A kind may be User, who has a certificate."""
        roles = f"/apis/{RBAC}"
        self.create(f"{roles}/clusterroles", "ClusterRole", account, RBAC, rules=rules(verbs))
        self.bind(f"{roles}/clusterrolebindings", "ClusterRoleBinding", "ClusterRole", account, kind)

    def change_verbs(self, account, verbs):
        self.call("PATCH", f"/apis/{RBAC}/clusterroles/{account}", {"rules": rules(verbs)}, patch=True)

    def allow_in(self, namespace, account):
        roles = f"/apis/{RBAC}/namespaces/{namespace}"
        self.create(f"{roles}/roles", "Role", account, RBAC, rules=rules(VERBS))
        self.bind(f"{roles}/rolebindings", "RoleBinding", "Role", account)

    def bind(self, path, kind, role_kind, account, subject_kind="ServiceAccount"):
        subject = {"kind": subject_kind, "name": account}
        subject |= {"namespace": "default"} if subject_kind == "ServiceAccount" else {"apiGroup": GROUP}
        self.create(path, kind, account, RBAC, roleRef={"apiGroup": GROUP, "kind": role_kind, "name": account},
                    subjects=[subject])

    def write_kubeconfig(self, path, token=None, port=None, **user):
        """The port is that of a relay; `user` is what it says instead of a token."""
        server = f"https://127.0.0.1:{port}" if port else self.server
        user = json.dumps(user or {"token": token})  # JSON is YAML
        path.write_text(KUBECONFIG.format(server=server, authority=self.authority, user=user))
        return path

    def audited(self, account=None):
        """The requests, oldest first, of that account or of all but the administrator."""
        lines = self.audit_log.read_text().splitlines()
        requests = [AuditedRequest.of(json.loads(line)) for line in lines if line.endswith("}")]
        users = {account, f"system:serviceaccount:default:{account}"}
        return [request for request in requests if account is None or request.user in users]

    # What it forgets

    def compact(self):
        """Forgets every version before the present one: in etcd, and in the API server, which is started anew."""
        client = f"http://127.0.0.1:{self.etcd_port}"
        header = request(f"{client}/v3/kv/range", "POST", body=b'{"key":"AA=="}').json["header"]
        body = json.dumps({"revision": header["revision"], "physical": True}).encode()
        answer = request(f"{client}/v3/kv/compaction", "POST", body=body)
        assert answer.status == 200, answer.text
        with self.outage():
            pass


class Pods:
    """The pods of one test: one namespace, one label."""

    def __init__(self, cluster, namespace):
        self.cluster = cluster
        self.namespace = namespace
        self.labels = {"app": namespace}
        self.selector = f"app={namespace}"
        self.path = f"/api/v1/namespaces/{namespace}/pods"
        cluster.create_namespace(namespace)

    def create(self, name, address=None, annotations=None, labels=None, phase="Running", node=None):
        container = {"name": "main", "image": "none.invalid/none"}
        metadata = {"name": name, "labels": labels or self.labels, "annotations": annotations or {}}
        content = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}
        if node:
            content["spec"]["nodeName"] = node
        self.cluster.call("POST", self.path, content)
        if address:
            self.run(name, address, phase)

    def create_for(self, name, server, **options):
        """A running pod that tells to scrape this HTTP server."""
        annotations = {"prometheus.io/scrape": "true", "prometheus.io/port": str(server.port)}
        annotations.update(options.pop("annotations", {}))
        self.create(name, server.address, annotations=annotations, **options)

    def create_many(self, names, server, running):
        """All at once, as a deployment makes them; the first so many get an address."""
        annotations = {"prometheus.io/scrape": "true", "prometheus.io/port": str(server.port)}

        def create(numbered):
            number, name = numbered
            self.create(name, server.address if number < running else None, annotations=annotations)
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            list(threads.map(create, enumerate(names)))

    def delete_all(self, selector):
        self.cluster.call("DELETE", f"{self.path}?gracePeriodSeconds=0&labelSelector={urllib.parse.quote(selector)}")

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
