"""Programs that tests start: their output is read as it comes, and they always end with the test."""
import ctypes
import os
import resource
import signal
import subprocess
import threading
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def eventually(condition, seconds=10.0, what="the condition"):
    """Asks until the answer is true, and gives that; an exception counts as a no."""
    deadline = time.monotonic() + seconds
    last = None
    while time.monotonic() < deadline:
        try:
            answer = condition()
            if answer:
                return answer
            last = answer
        except (AssertionError, OSError, KeyError) as error:
            last = error
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come true within {seconds} s; last: {last!r}")


class Process:
    """A program whose lines of stderr are kept."""

    def __init__(self, arguments, environment=None, stdout=subprocess.DEVNULL, descriptors=None):
        def prepare():
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # nothing outlives the tests, even where they are killed
            if descriptors is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        self.lines = []
        self.process = subprocess.Popen(
            [str(argument) for argument in arguments], stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.PIPE,
            env=environment, text=True, errors="backslashreplace", preexec_fn=prepare)
        self.reader = threading.Thread(target=self.read_lines, daemon=True)
        self.reader.start()

    def read_lines(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    @property
    def log(self):
        return "\n".join(self.lines)

    def until_logged(self, text, seconds=10.0):
        """The first line with that text; fails at once where the program ends without it."""
        def find():
            for line in list(self.lines):
                if text in line:
                    return line
            if self.process.poll() is not None:
                self.reader.join(5)
                if not any(text in line for line in self.lines):
                    raise RuntimeError(f"ended with {self.process.returncode} and no {text!r}:\n{self.log}")
            return None
        return eventually(find, seconds, f"the log line {text!r}")

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, seconds=10.0):
        """Its exit status."""
        status = self.process.wait(seconds)
        self.reader.join(5)
        return status

    def stop(self, seconds=8.0):
        """Ends it, gently if it lets us; its exit status."""
        if self.process.poll() is None:
            self.signal()
        try:
            return self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.wait()
            raise AssertionError(f"did not end within {seconds} s of SIGTERM:\n{self.log}") from None
        finally:
            for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
                if stream is not None:
                    stream.close()

    def memory_kb(self, field="VmRSS"):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
        raise KeyError(field)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))
