"""Programs that a test starts: their log, their readiness, their end."""
import ctypes
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def die_with_parent():
    """Nothing outlives the tests, even where they are killed."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port(address="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def eventually(check, within=30, every=0.1):
    """Calls check until it answers something true, and returns that. Assertion errors on the way count as "not yet";
    the last one is raised when the time is over."""
    deadline = time.monotonic() + within
    while True:
        try:
            answer = check()
            assert answer, f"{getattr(check, '__name__', check)} did not come true within {within} s: {answer!r}"
            return answer
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(every)


class Process:
    """One program with its output in a file."""

    def __init__(self, command, log, **options):
        self.log_path = log
        self.name = str(command[0]).rsplit("/", 1)[-1]
        with open(log, "ab") as output:
            self.popen = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=output, preexec_fn=die_with_parent, **options)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def is_running(self):
        return self.popen.poll() is None

    def until(self, check, within=30):
        """eventually(check), as long as the program runs."""
        def check_running():
            if not self.is_running():
                raise RuntimeError(f"{self.name} ended with {self.popen.returncode}:\n{self.log()[-4000:]}")
            return check()
        return eventually(check_running, within)

    def wait(self, within):
        return self.popen.wait(within)

    def stop(self, within=20):
        """SIGTERM; its exit status."""
        if self.is_running():
            self.popen.terminate()
        try:
            return self.popen.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        self.popen.kill()
        return self.popen.wait()
