"""A proxy that lives through the soak, and what it needs at each time of peace."""
import contextlib
import os
import re
import socket
import statistics
import time

import raw_http
from page import Page
from processes import Process
from simulation import program

TIMES = {"TEST_WATCH_LEAST_S": "1", "TEST_STALL_MS": "1200", "TEST_BACKOFF_FIRST_MS": "20", "TEST_BACKOFF_MOST_MS": "400",
         "TEST_HEAD_TIMEOUT_MS": "1000"}
SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
COMPLAINTS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "Assertion")
WARM_UP = 3  # rounds in which it may still grow: tables, and what the allocator and libcurl keep
MEMORY_SLACK_KB = 512
WAKES_SLACK = 100  # a busy machine wakes it for each piece
WAKES_SECONDS = 1.0
LOOKS = 10
WATCHES = 4  # at most, each of which may be on an old connection and on a new one


def is_sanitized(binary):
    with open(binary, "rb") as file:
        return b"__asan_init" in file.read()


def sockets_to(port):
    """The inodes of sockets whose other end is at that port."""
    with open("/proc/self/net/tcp", encoding="ascii") as table:
        fields = [line.split() for line in table][1:]
    return {f"socket:[{each[9]}]" for each in fields if each[2].endswith(f":{port:04X}")}


class Subject:
    def __init__(self, cluster, name, *arguments):
        binary = program("TUNABLE_PROXY", "test/tunable/tunable_proxy")
        own = {variable: os.environ[variable] for variable in SANITIZERS if variable in os.environ}
        self.name, self.pod_port = name, cluster.pod_port
        self.is_sanitized = is_sanitized(binary)
        self.process = Process([binary, *arguments], {"PORT": "0", "POD_LABEL_SELECTOR": "app=demo",
                                                      "KUBECONFIG": str(cluster.kubeconfig), **TIMES, **own})
        line = self.process.until_logged("address=")
        self.port = int(re.search(r'address="?[^ "]*:(\d+)', line)[1])
        self.rounds = []

    # What it is asked

    def page(self):
        answer = raw_http.get(self.port, "/metrics")
        assert answer.status == 200, answer
        return Page(answer.text)

    def ask(self, in_full):
        """A scrape; or one whose asker goes away."""
        if in_full:
            self.page()
            return
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")

    # What it needs

    def measure(self):
        """The descriptors are the most of several looks: at any one, a watch may just be between two connections."""
        before = self.wakes()
        descriptors = []
        for _ in range(LOOKS):
            time.sleep(WAKES_SECONDS / LOOKS)
            descriptors.append(self.descriptors())
        self.rounds.append({"memory KB": self.process.memory_kb("RssAnon"), "descriptors": max(descriptors),
                            "wake-ups": self.wakes() - before})

    def descriptors(self):
        """But for the connections to pods: how many are kept differs with the pods."""
        folder = f"/proc/{self.process.process.pid}/fd"
        to_pods = sockets_to(self.pod_port)
        count = 0
        for number in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                count += os.readlink(f"{folder}/{number}") not in to_pods
        return count

    def wakes(self):
        """Of a program that only waits, these are its timers and its watches' ends."""
        return self.process.memory_kb("voluntary_ctxt_switches")

    def growth(self):
        """Each thing of which the last rounds took more than the first after the warm-up."""
        slack = {"memory KB": MEMORY_SLACK_KB, "descriptors": WATCHES, "wake-ups": WAKES_SLACK}
        if self.is_sanitized:
            del slack["memory KB"]
        kept = self.rounds[WARM_UP:]
        half = (len(kept) + 1) // 2
        faults = []
        for what, most in slack.items():
            early = statistics.median(each[what] for each in kept[:half])
            late = statistics.median(each[what] for each in kept[-half:])
            if late > early + most:
                faults.append(f"{self.name}: {what} have grown from {early:g} to {late:g}: {self.series(what)}")
        return faults

    def series(self, what):
        return " ".join(f"{each[what]:g}" for each in self.rounds)

    def summary(self):
        return "; ".join(f"{what} {self.series(what)}" for what in self.rounds[0])

    def stop(self):
        """What was wrong with its end, or nothing. Its loop asserts that no timer and no handle is left."""
        was_running = self.process.process.poll() is None
        status = self.process.stop()
        complaints = [line for line in self.process.lines if any(sign in line for sign in COMPLAINTS)]
        if not was_running or status != 0 or complaints:
            return f"{self.name} ended with {status}: {complaints[:5]} {self.process.lines[-20:]}"
        return ""
