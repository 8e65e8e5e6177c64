"""The programs that test/bench/run measures, and what the kernel says about them."""
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import threading
import time
import urllib.request

CORES = sorted(os.sched_getaffinity(0))
SUBJECT_CORE = {CORES[0]}           # what is measured
OTHER_CORES = {CORES[-1]}           # everything that answers and asks it
SELECTOR = "app=bench"


def start(command, core, **options):
    return subprocess.Popen(command, preexec_fn=lambda: os.sched_setaffinity(0, core), **options)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """cluster_sim with so many pods of such a size."""

    def __init__(self, binary, folder, pods, size, *arguments):
        self.kubeconfig = f"{folder}/kubeconfig"
        self.process = start([binary, f"--pods={pods}", f"--pod-bytes={size}", f"--labels={SELECTOR}",
                              f"--kubeconfig={self.kubeconfig}", "--exit-with-stdin", *arguments],
                             OTHER_CORES, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ports = json.loads(self.process.stdout.readline())
        self.addresses = [pod["ip"] for pod in self.tell("/pods", {})["pods"]]

    def tell(self, path, command):
        url = f"http://127.0.0.1:{self.ports['control_port']}{path}"
        with urllib.request.urlopen(url, json.dumps(command).encode(), timeout=30) as answer:
            return json.loads(answer.read())

    def set_servers(self, **behaviour):
        self.tell("/servers/set", [{"ip": address, **behaviour} for address in self.addresses])

    def targets(self):
        return "".join(f"{address}:{self.ports['pod_port']}\n" for address in self.addresses)

    def page(self):
        """What one pod answers."""
        with urllib.request.urlopen(f"http://{self.addresses[0]}:{self.ports['pod_port']}/metrics") as answer:
            return answer.read()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Answer:
    """One GET: when its first and its last byte came, and what it was."""

    def __init__(self, port, path="/metrics", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.asked = time.monotonic()
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        self.began = time.monotonic()
        self.body = answer.read()
        self.ended = time.monotonic()
        self.status = answer.status
        connection.close()

    @property
    def wall(self):
        return self.ended - self.asked

    def count_up(self):
        return len(re.findall(rb"(?m)^up\{[^\n]* 1$", self.body))


class Subject:
    """A proxy: ours, or one that understands the same environment."""

    def __init__(self, command, cluster, log):
        self.port = free_port()
        self.log_path = log
        with open(log, "wb") as output:
            self.process = start(command, SUBJECT_CORE, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={
                "PATH": os.environ["PATH"], "KUBECONFIG": cluster.kubeconfig, "POD_LABEL_SELECTOR": SELECTOR,
                "PORT": str(self.port)})

    def until_up(self, pods, within=60):
        """Until the page has all pods; the page."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                answer = Answer(self.port)
                if answer.status == 200 and answer.count_up() == pods:
                    return answer
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.2)
        raise RuntimeError(f"{self.process.args}: not {pods} pods up after {within} s:\n{self.log()[-2000:]}")

    def until_status(self, path, status, within=60):
        deadline = time.monotonic() + within
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if Answer(self.port, path).status == status:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.02)
        raise RuntimeError(f"{self.process.args}: {path} not {status} within {within} s:\n{self.log()[-2000:]}")

    def until_alive(self):
        self.until_status("/-/healthy", 200)

    def until_ready(self):
        self.until_status("/-/ready", 200)

    def cpu_us(self):
        """Of all its threads, ended ones too, from the CPU clock of that process (as clock_getcpuclockid() names it): the
        ticks of /proc/PID/stat are too coarse for one scrape."""
        return time.clock_gettime_ns((~self.process.pid << 3) | 2) / 1000

    def memory_mb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            text = file.read()
        return {name: int(re.search(rf"{name}:\s+(\d+)", text)[1]) / 1024 for name in ("RssAnon", "VmRSS")}

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        """The longest turn of its loop, the processor time of one, and of one call in it, in ms, where its log says them."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        names = ("longest_turn_us", "longest_turn_work_us", "longest_call_work_us")
        found = (re.search(name + r"[=:\" ]+(\d+)", self.log()) for name in names)
        return [int(each[1]) / 1000 if each else None for each in found]


class Sampler(threading.Thread):
    """Calls something over and over until it is stopped, and keeps the most of it."""

    def __init__(self, call, pause):
        super().__init__(daemon=True)
        self.call, self.pause, self.most, self.is_over = call, pause, {}, False
        self.start()

    def run(self):
        while not self.is_over:
            for name, value in self.call().items():
                self.most[name] = max(self.most.get(name, 0), value)
            time.sleep(self.pause)

    def stop(self):
        self.is_over = True
        self.join()
        return self.most


class Pinger:
    """How long /-/healthy takes, asked over and over on one kept connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.sampler = Sampler(self.ask, 0.002)

    def ask(self):
        start_time = time.monotonic()
        self.connection.request("GET", "/-/healthy")
        self.connection.getresponse().read()
        return {"ms": (time.monotonic() - start_time) * 1000}

    def stop(self):
        most = self.sampler.stop()["ms"]
        self.connection.close()
        return most


class LastPod:
    """The pod that answers last, half a second after it was asked, and knows when that was."""

    BODY = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nlast 1\n"
    WAIT = 0.5

    def __init__(self, cluster, address="127.3.3.3"):
        self.listener = socket.create_server((address, 0))
        self.answered = 0
        threading.Thread(target=self.serve, daemon=True).start()
        cluster.tell("/pods/add", {"name": "last", "ip": address, "port": self.listener.getsockname()[1],
                                   "labels": SELECTOR})

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        with connection:
            while connection.recv(4096):
                time.sleep(self.WAIT)
                connection.sendall(self.BODY)
                self.answered = time.monotonic()


def measure_scrapes(subject, pods, rounds):
    """The medians of so many scrapes: CPU in us a pod, wall in ms. A pause after each takes in what is cleaned up
    after the answer."""
    cpu, wall = [], []
    for _ in range(rounds):
        before = subject.cpu_us()
        answer = Answer(subject.port)
        time.sleep(0.1)
        cpu.append((subject.cpu_us() - before) / pods)
        wall.append(answer.wall * 1000)
        if answer.count_up() != pods:
            raise RuntimeError(f"{answer.count_up()} of {pods} pods are up")
    return statistics.median(cpu), statistics.median(wall)
