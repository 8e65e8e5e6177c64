"""The program under test."""
import os
import re

from page import Page
from processes import Process
from web import answers, request, until

ADDRESS = re.compile(r'address="?[^ "]*:(\d+)')
SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
COMPLAINTS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "Assertion")


class Proxy:
    def __init__(self, binary, environment, arguments=()):
        """Only what is named is in its environment, as under Pebble. PORT=0: it takes a free one and logs which."""
        own = {name: os.environ[name] for name in SANITIZERS if name in os.environ}
        self.process = Process([binary, *arguments], {"PORT": "0", **own, **environment})
        self.port = None

    @property
    def log(self):
        return self.process.log

    def is_running(self):
        return self.process.process.poll() is None

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def until(self, condition, seconds=30.0, what="the condition"):
        return until(self.process, condition, seconds, what)

    def until_listening(self):
        line = self.process.until_logged("address=")
        self.port = int(ADDRESS.search(line).group(1))
        return self

    def until_ready(self, seconds=30.0):
        self.until_listening()
        self.until(lambda: answers(self.url("/-/ready")), seconds, "ready")
        return self

    def get(self, path, **options):
        return request(self.url(path), **options)

    def page(self):
        answer = self.get("/metrics")
        assert answer.status == 200, answer.text
        return Page(answer.text)

    def until_pods(self, expected, seconds=15.0):
        """Until `up` says exactly this, e.g. {"a": 1, "b": 0}; the page that does."""
        def pods_are():
            page = self.page()
            assert page.up_by_name() == expected, page.up_by_name()
            return page
        return self.until(pods_are, seconds, f"targets {expected}")

    def wait(self, seconds):
        return self.process.wait(seconds)

    def stop(self):
        """SIGTERM. Pebble kills after five seconds, so that is what it has."""
        status = self.process.stop(seconds=5)
        assert not any(complaint in self.log for complaint in COMPLAINTS), self.log
        return status
