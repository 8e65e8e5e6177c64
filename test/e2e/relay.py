"""A way to the API server that a test can cut, as a load balancer or a network does."""
import contextlib
import socket
import threading


class Relay:
    """Passes bytes on to a port of 127.0.0.1, and counts who came."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_closed = False
        self.accepted = 0
        self.most_bytes = None  # a function: how many from the API server pass before a connection is cut
        self.pairs = []
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                self.accepted += 1
                self.connect(near)

    def connect(self, near):
        with self.lock:
            if self.is_closed:
                reset(near)
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                reset(near)
                return
            self.pairs.append((near, far))
        most = self.most_bytes() if self.most_bytes else None
        for source, sink, limit in ((near, far, None), (far, near, most)):
            threading.Thread(target=pass_on, args=(source, sink, limit), daemon=True).start()

    def cut(self):
        """Resets what is there; later connections are passed on again."""
        with self.lock:
            for pair in self.pairs:
                for each in pair:
                    reset(each)
            self.pairs.clear()

    @contextlib.contextmanager
    def closed(self):
        """Nobody gets through within the block."""
        self.is_closed = True
        self.cut()
        try:
            yield
        finally:
            self.is_closed = False

    def stop(self):
        self.listener.close()
        self.cut()


def reset(connection):
    """With a RST, and at once, although another thread may be reading from it."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def pass_on(source, sink, limit=None):
    left = limit
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data if left is None else data[:left])
            left = None if left is None else left - len(data)
            if left is not None and left <= 0:
                reset(sink)
                reset(source)
                return
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
