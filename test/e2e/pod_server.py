"""The HTTP server inside a pod, on an address of 127/8 of its own."""
import http.server
import itertools
import threading
import time

GAUGE = '# HELP demo_temperature How warm it is.\n# TYPE demo_temperature gauge\ndemo_temperature{room="a"} 21\n'

addresses = (f"127.{a}.{b}.{c}" for a, b, c in itertools.product(range(20, 250), range(1, 250), range(1, 250)))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        pod = self.server.pod
        pod.requests.append((self.path, dict(self.headers)))
        time.sleep(pod.delay)
        body = pod.pages.get(self.path, b"")
        status = pod.status if self.path in pod.pages else 404
        self.send_response(status)
        self.send_header("Content-Type", pod.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # many pods of a test may share one server

    def handle_error(self, *_):
        """A client that goes away in the middle is part of the tests."""


class PodServer:
    def __init__(self, body=GAUGE, path="/metrics"):
        self.status = 200
        self.delay = 0
        self.content_type = "text/plain; version=0.0.4; charset=utf-8"
        self.requests = []
        self.pages = {path: body.encode()}
        self.address = next(addresses)
        self.server = Server((self.address, 0), Handler)
        self.server.pod = self
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def serve(self, body, path="/metrics"):
        self.pages[path] = body.encode()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
