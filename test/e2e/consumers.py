"""Who scrapes the program: real Prometheus servers, and vmagent."""
import json
import subprocess

from processes import Process, eventually
from web import answers, free_port, kill, request, until


def scrape_job(name, port, **options):
    return {"job_name": name, "scrape_interval": "1s", "scrape_timeout": "1s",
            "static_configs": [{"targets": [f"127.0.0.1:{port}"]}], **options}


class Prometheus:
    def __init__(self, binary, folder, jobs, arguments=()):
        folder.mkdir()
        self.url = f"http://127.0.0.1:{free_port()}"
        configuration = folder / "prometheus.yml"
        configuration.write_text(json.dumps({"scrape_configs": jobs}))  # JSON is YAML
        self.process = Process(
            [binary, f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}",
             f"--web.listen-address={self.url.removeprefix('http://')}", *arguments])
        until(self.process, lambda: answers(f"{self.url}/-/ready"), what="Prometheus")

    def query(self, expression):
        """The samples of an instant query: [(labels, value)]."""
        form = request(f"{self.url}/api/v1/query", "POST", {"Content-Type": "application/x-www-form-urlencoded"},
                       f"query={quote(expression)}".encode())
        assert form.status == 200, form.text
        return [(sample["metric"], float(sample["value"][1])) for sample in form.json["data"]["result"]]

    def until(self, expression, count=1, seconds=30.0):
        """The samples of the query, once there are that many."""
        def has_samples():
            samples = self.query(expression)
            assert len(samples) == count, f"{expression}: {len(samples)} instead of {count} samples: {samples}"
            return (samples,)
        return eventually(has_samples, seconds, expression)[0]

    def until_exemplar(self, name, seconds=30.0):
        """The labels of the one exemplar of a series, once there is one."""
        def has_exemplar():
            found = request(f"{self.url}/api/v1/query_exemplars?query={quote(name)}&start=1&end=4000000000").json["data"]
            assert len(found) == 1 and found[0]["exemplars"], found
            return (found[0]["exemplars"][0]["labels"],)
        return eventually(has_exemplar, seconds, f"an exemplar of {name}")[0]

    def units(self):
        """All units that are known of any family."""
        families = request(f"{self.url}/api/v1/metadata").json["data"]
        return {entry["unit"] for entries in families.values() for entry in entries}

    def scrape_errors(self):
        targets = request(f"{self.url}/api/v1/targets").json["data"]["activeTargets"]
        return [target["lastError"] for target in targets if target["lastError"]]

    def stop(self):
        kill(self.process)


def quote(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


class Vmagent:
    """Scrapes, and hands what it read to a Prometheus."""

    def __init__(self, binary, folder, jobs, prometheus):
        folder.mkdir()
        configuration = folder / "scrape.yml"
        configuration.write_text(json.dumps({"scrape_configs": jobs}))
        self.process = Process(
            [binary, f"-promscrape.config={configuration}", f"-remoteWrite.url={prometheus.url}/api/v1/write",
             f"-remoteWrite.tmpDataPath={folder / 'queue'}", f"-httpListenAddr=127.0.0.1:{free_port()}"])

    def stop(self):
        kill(self.process)


def check_metrics(promtool, text):
    """promtool must find nothing to say; what it says is the answer."""
    run = subprocess.run([promtool, "check", "metrics"], input=text.encode(), capture_output=True, check=False)
    return run.returncode, (run.stdout + run.stderr).decode()
