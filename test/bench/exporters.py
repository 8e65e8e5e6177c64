"""Pages of real exporters, which test/install unpacks under build/tools."""
import pathlib
import subprocess
import time

from measured import CORES, Answer, free_port, start

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "build" / "tools" / "usr" / "bin"
TEXT = {}
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


def is_there():
    return (TOOLS / "prometheus-node-exporter").exists()


def page(port, headers, within=20):
    deadline = time.monotonic() + within
    while True:
        try:
            answer = Answer(port, headers=headers)
            if answer.status == 200:
                return answer.body
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError(f"no exporter answers on port {port}")
        time.sleep(0.1)


def commands(folder, ports):
    """node_exporter, and two that scrape it and themselves, so that their pages have something to say."""
    config = folder / "scrape.yml"
    addresses = ", ".join(f'"127.0.0.1:{port}"' for port in ports)
    config.write_text("scrape_configs:\n- job_name: all\n  scrape_interval: 1s\n  static_configs:\n"
                      f"  - targets: [{addresses}]\n", encoding="ascii")
    node, prometheus, vmagent = (f"127.0.0.1:{port}" for port in ports)
    return {
        "node_exporter": [TOOLS / "prometheus-node-exporter", f"--web.listen-address={node}"],
        "prometheus": [TOOLS / "prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                       f"--web.listen-address={prometheus}"],
        "vmagent": [TOOLS / "vmagent", f"-promscrape.config={config}", f"-httpListenAddr={vmagent}",
                    f"-remoteWrite.url=http://{prometheus}/none", f"-remoteWrite.tmpDataPath={folder}/queue"],
    }


def pages(folder):
    """{(name, "text" or "OpenMetrics"): bytes} of those that speak it."""
    folder = pathlib.Path(folder)
    ports = [free_port() for _ in range(3)]
    running, found = [], {}
    try:
        named = commands(folder, ports)
        for command in named.values():
            running.append(start(command, CORES, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        for port in ports:
            page(port, TEXT)
        time.sleep(5)
        for name, port in zip(named, ports):
            found[name, "text"] = page(port, TEXT)
            openmetrics = page(port, OPENMETRICS)
            if openmetrics.endswith(b"# EOF\n"):
                found[name, "OpenMetrics"] = openmetrics
        return found
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()


def node_page(folder):
    """node_exporter's alone, or None where it is not unpacked."""
    if not is_there():
        return None
    port = free_port()
    process = start([TOOLS / "prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}"], CORES,
                    stderr=subprocess.DEVNULL, cwd=folder)
    try:
        return page(port, TEXT).decode()
    finally:
        process.kill()
        process.wait()
