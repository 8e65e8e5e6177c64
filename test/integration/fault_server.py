"""An API server of which a test scripts each answer, down to its bytes, connections and certificates.

Lists and watches take the next step of their script, and where that is over the answer is right: all pods of the store,
and a watch that stays open and is told of each change. A step is a function of the request and the wire, mostly made by
one of the functions below.
"""
import json
import pathlib
import socket
import ssl
import struct
import threading
import time
import urllib.parse

from processes import eventually


def status(code, reason, message, **more):
    return json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": more.pop("metadata", {}), "status": "Failure",
                       "message": message, "reason": reason, **more, "code": code})


S410 = status(410, "Expired", "too old resource version: 310742 (310895)")
S504 = status(504, "Timeout", "Timeout: Too large resource version: 900, current: 500",
              details={"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
                       "retryAfterSeconds": 1})
S504_OLD = status(504, "Timeout", "Timeout: Too large resource version: 900, current: 500")
S401 = status(401, "Unauthorized", "Unauthorized")
S403 = status(403, "Forbidden", 'pods is forbidden: User "system:serviceaccount:m:p" cannot list resource "pods" in API '
              'group "" at the cluster scope', details={"kind": "pods"})
S422 = status(422, "Invalid", 'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is '
              'forbidden for watch unless the WatchList feature gate is enabled')


class Request:
    def __init__(self, connection, head, peer):
        lines = head.split("\r\n")
        self.connection = connection
        self.peer = peer
        self.head = head
        self.time = time.monotonic()
        self.method, self.target, _ = lines[0].split(" ")
        self.path, _, query = self.target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.headers = {name.strip().lower(): value.strip() for name, _, value in
                        (line.partition(":") for line in lines[1:] if line)}
        self.is_watch = self.query.get("watch") == "true"

    @property
    def namespace(self):
        return self.path.removeprefix("/api/v1/namespaces/").removesuffix("/pods") if "/namespaces/" in self.path else ""

    @property
    def version(self):
        return self.query.get("resourceVersion")

    def __repr__(self):
        return f"<{self.method} {self.target} connection {self.connection}>"


class Wire:
    """The answer's side of a connection; a watch that is held is written to by the test."""

    def __init__(self, socket_, request):
        self.socket = socket_
        self.request = request
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.keep = False

    def raw(self, data):
        with self.lock:
            self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def begin(self, headers="Content-Type: application/json\r\n"):
        self.raw(f"HTTP/1.1 200 OK\r\n{headers}Transfer-Encoding: chunked\r\n\r\n")

    def send(self, data):
        data = data if isinstance(data, bytes) else data.encode()
        self.raw(b"%x\r\n%s\r\n" % (len(data), data))

    def event(self, kind, thing):
        self.send(json.dumps({"type": kind, "object": thing}) + "\n")

    def bookmark(self, version, **metadata):
        self.event("BOOKMARK", {"kind": "Pod", "apiVersion": "v1", "metadata": {
            "resourceVersion": str(version), "creationTimestamp": None, **metadata},
            "spec": {"containers": None}, "status": {}})

    def finish(self):
        self.raw("0\r\n\r\n")
        self.keep = True
        self.over.set()

    def close(self):
        self.over.set()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.over.set()


# Steps

def reply(code=200, body="", headers="Content-Type: application/json\r\n", framing="length", connection=""):
    """A whole answer. Framing: length, chunked or close."""
    def step(_, wire):
        data = body if isinstance(body, bytes) else body.encode()
        lengths = {"length": f"Content-Length: {len(data)}\r\n", "chunked": "Transfer-Encoding: chunked\r\n", "close": ""}
        wire.raw(f"HTTP/1.1 {code} Said\r\n{headers}{lengths[framing]}{connection}\r\n")
        if framing == "chunked":
            wire.send(data)
            wire.raw("0\r\n\r\n")
        else:
            wire.raw(data)
        wire.keep = framing != "close" and not connection
    return step


def pod_list(*pods, version="10", token=None, **more):
    """A list or a page of one."""
    metadata = {"resourceVersion": version} if version is not None else {}
    if token is not None:
        metadata["continue"] = token
    return reply(body=json.dumps({"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": list(pods),
                                  **more}))


def raw(*pieces, end="close"):
    """Bytes, and numbers: seconds in between."""
    def step(_, wire):
        for piece in pieces:
            if isinstance(piece, (int, float)):
                wire.over.wait(piece)
            else:
                wire.raw(piece)
        if end == "reset":
            wire.reset()
        elif end == "hold":
            wire.over.wait()
    return step


def stream(*texts, end="finish", delay=0.0):
    """A watch that sends those texts, each in a chunk."""
    def step(_, wire):
        wire.begin()
        for text in texts:
            wire.send(text)
        wire.over.wait(delay)
        if end == "hold":
            wire.over.wait()
        elif end == "reset":
            wire.reset()
        elif end == "finish":
            wire.finish()
    return step


def error_event(text):
    return '{"type":"ERROR","object":' + text + "}\n"


def silence(_, wire):
    wire.over.wait()


def reset(_, wire):
    wire.reset()


class FaultServer:
    def __init__(self, folder, tls=None, host="127.0.0.1", port=0, listening=True):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.kubeconfig = self.folder / "kubeconfig"
        self.tls = tls
        self.lists = []
        self.watches = []
        self.before = None  # sees each request first; what it returns is its step
        self.requests = []
        self.refused_handshakes = []
        self.pods = {}
        self.version = 10
        self.held = []
        self.sockets = set()
        self.connections = 0
        self.dead = socket.socket()
        self.dead.bind(("127.0.0.1", 0))  # and does not listen: who connects is refused
        self.dead_port = self.dead.getsockname()[1]
        self.host, self.port, self.listener = host, port, None
        if listening:
            self.listen()
        self.configure()

    # Sockets

    def listen(self, host=None):
        self.host = host or self.host
        self.listener = socket.create_server((self.host, self.port), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection, self.connections), daemon=True).start()

    def serve(self, connection, number):
        self.sockets.add(connection)
        peer = None
        try:
            connection.settimeout(60)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is not None:
                self.sockets.discard(connection)
                connection = self.tls.wrap_socket(connection, server_side=True)
                self.sockets.add(connection)
                peer = connection.getpeercert()
            rest = b""
            while True:
                while b"\r\n\r\n" not in rest:
                    data = connection.recv(65536)
                    if not data:
                        return
                    rest += data
                head, _, rest = rest.partition(b"\r\n\r\n")
                if not self.answer(connection, Request(number, head.decode("latin-1"), peer)):
                    return
        except ssl.SSLError as error:
            self.refused_handshakes.append(str(error))
        except OSError:
            pass
        finally:
            self.sockets.discard(connection)
            connection.close()

    def answer(self, connection, request):
        wire = Wire(connection, request)
        step = self.before(request) if self.before is not None else None
        script = self.watches if request.is_watch else self.lists
        if step is None:
            step = script.pop(0) if script else self.right_watch if request.is_watch else self.right_list
        self.requests.append(request)
        wire.keep = False
        self.held.append(wire)
        try:
            step(request, wire)
        finally:
            self.held.remove(wire)
        return wire.keep and "close" not in request.headers.get("connection", "")

    def stop_listening(self, hard=True):
        """Nobody is accepted from now on, and all connections go."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in list(self.sockets):
            try:
                if hard:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.let_go()

    def let_go(self):
        for wire in list(self.held):
            wire.over.set()

    def close(self):
        try:
            self.stop_listening()
        except OSError:
            pass
        self.let_go()
        self.dead.close()

    # Configuration

    def configure(self, cluster=None, user=None, host=None):
        scheme = "https" if self.tls is not None else "http"
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "c",
                  "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                  "clusters": [{"name": "c", "cluster": {"server": f"{scheme}://{host or self.host}:{self.port}",
                                                         **(cluster or {})}}],
                  "users": [{"name": "u", "user": user or {}}]}
        self.kubeconfig.write_text(json.dumps(config))

    # The store

    def pod(self, name, uid=None, version=None, ip="127.0.0.1", annotations=None, **more):
        metadata = {"name": name, "namespace": "default", "uid": uid or f"uid-{name}", "labels": {"app": "demo"},
                    "resourceVersion": str(version or self.version),
                    "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": str(self.dead_port)}
                    if annotations is None else annotations, **more.pop("metadata", {})}
        return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata,
                "status": {"phase": "Running", "podIP": ip, **more.pop("status", {})}, **more}

    def put(self, pod, kind=None):
        """Adds or changes, and tells."""
        uid = pod["metadata"]["uid"]
        self.version += 1
        pod["metadata"]["resourceVersion"] = str(self.version)
        kind = kind or ("MODIFIED" if uid in self.pods else "ADDED")
        self.pods[uid] = pod
        self.tell(kind, pod)
        return pod

    def add(self, name, **more):
        return self.put(self.pod(name, **more))

    def delete(self, name, tell=True):
        pod = self.pods.pop(f"uid-{name}")
        self.version += 1
        pod["metadata"]["resourceVersion"] = str(self.version)
        if tell:
            self.tell("DELETED", pod)

    def tell(self, kind, pod):
        for wire in self.watching():
            wire.event(kind, pod)

    def right_list(self, request, wire):
        space = request.namespace
        pods = [pod for pod in self.pods.values() if space in ("", pod["metadata"]["namespace"])]
        pod_list(*pods, version=str(self.version))(request, wire)

    @staticmethod
    def right_watch(_, wire):
        wire.begin()
        wire.is_right = True
        wire.over.wait()

    # What happened

    def watching(self):
        return [wire for wire in list(self.held) if getattr(wire, "is_right", False) and not wire.over.is_set()]

    def until_watched(self, count=1, seconds=20.0):
        return eventually(lambda: len(self.watching()) >= count and self.watching(), seconds, f"{count} open watches")

    def asked(self, watch=None):
        return [request for request in list(self.requests) if watch is None or request.is_watch == watch]

    def until_asked(self, count, watch=None, seconds=20.0):
        """The requests, once there are so many."""
        return eventually(lambda: len(self.asked(watch)) >= count and self.asked(watch), seconds,
                          f"{count} requests of {'either kind' if watch is None else 'watch' if watch else 'list'}")

    @property
    def verbs(self):
        return "".join("W" if request.is_watch else "L" for request in list(self.requests))


def names(proxy):
    """Of the targets on the page, be they up or down."""
    return set(proxy.page().up_by_name())


def until_names(proxy, *expected, seconds=20.0):
    eventually(lambda: names(proxy) == set(expected), seconds, f"the targets {expected}")
