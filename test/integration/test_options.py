"""Flags and environment, and how they fail: one clear line and a status that says whose fault it was."""
import json
import os
import pathlib
import re
import socket
import subprocess
import time

import pytest

from conftest import environment_for
from simulation import program

BINARY = program("METRICS_PROXY", "src/app/metrics-proxy")


def run_bare(*arguments, **environment):
    """In an empty environment: no cluster, no home."""
    return subprocess.run([BINARY, *arguments], env=environment, capture_output=True, text=True, timeout=10)


@pytest.mark.parametrize("flag", ["--help", "-help", "-h"])
def test_help_needs_nothing(flag):
    result = run_bare(flag)
    assert result.returncode == 0 and result.stderr == ""
    for word in ("--labels", "POD_LABEL_SELECTOR", "--timeout", "SCRAPE_TIMEOUT", "--port", "PORT", "15090", "9s",
                 "--namespace", "--kubeconfig", "--web.listen-address", "--log.level", "--log.format",
                 "--scrape.body-limit", "64MiB"):
        assert word in result.stdout, word


def test_version_needs_nothing():
    result = run_bare("--version")
    assert result.returncode == 0 and result.stderr == "" and result.stdout.startswith("metrics-proxy")


def test_help_comes_before_what_is_wrong(start_cluster):
    assert run_bare("--help", PORT="tcp://10.0.0.1:80", SCRAPE_TIMEOUT="x").returncode == 0


def fails(run, status, *words, arguments=(), environment=None):
    got, lines = run(None, *arguments, environment={"PORT": "0", **(environment or {})})
    assert got == status, lines
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0], (word, lines)


def test_without_a_selector_it_ends_with_2(run_proxy):
    fails(run_proxy, 2, "POD_LABEL_SELECTOR", environment={"POD_LABEL_SELECTOR": None})
    fails(run_proxy, 2, "POD_LABEL_SELECTOR", environment={"POD_LABEL_SELECTOR": ""})


@pytest.mark.parametrize("selector", ["a=b=c", "a in (b", "=b", "a,,b", "a in b", "-a=b", "a=b,", "a b", "!", "a!b",
                                      "a=" + "x" * 64, "x" * 64 + "=b", "a/b/c=d", "ä=b"])
def test_a_wrong_selector_ends_it_with_2(run_proxy, selector):
    fails(run_proxy, 2, selector[:10].rstrip("ä=b") or "POD", environment={"POD_LABEL_SELECTOR": selector})
    fails(run_proxy, 2, "--labels", arguments=["--labels", selector])


@pytest.mark.parametrize("value", ["5", "9 s", "1d", "x", "-1s", "0", "0s", "9S", "s", "1s2", "1e3s", "99999999h"])
def test_a_wrong_duration_ends_it_with_2(run_proxy, value):
    fails(run_proxy, 2, "SCRAPE_TIMEOUT", value, environment={"SCRAPE_TIMEOUT": value})
    fails(run_proxy, 2, value, arguments=[f"--timeout={value}"])


@pytest.mark.parametrize("value", ["-1", "65536", "http", "1.5", "0x10", " 80", "80 ", "99999999999999999999"])
def test_a_wrong_port_ends_it_with_2(run_proxy, value):
    fails(run_proxy, 2, "PORT", value, environment={"PORT": value})
    fails(run_proxy, 2, value, arguments=[f"--port={value}"])


def test_a_port_from_a_service_link_is_explained(run_proxy):
    fails(run_proxy, 2, "tcp://10.0.0.1:80", "PORT", "ervice", environment={"PORT": "tcp://10.0.0.1:80"})


@pytest.mark.parametrize("arguments, word", [
    (["--nope"], "--nope"), (["--nope=1"], "--nope"), (["extra"], "extra"), (["--", "extra"], "extra"),
    (["--port"], "--port"), (["--log.level=loud"], "loud"), (["--log.format=xml"], "xml"), (["---port=1"], "---port"),
    (["--web.listen-address=nowhere"], "nowhere"), (["--namespace=A_B"], "A_B"), (["--namespace=a,,b"], "a,,b"),
    (["--scrape.body-limit=x"], "x"), (["--scrape.body-limit=-1"], "-1"), (["--scrape.sample-limit=0"], "0"),
    (["-"], "-"), (["--help=1"], "help"), (["--version=1"], "version"),
])
def test_other_wrong_arguments_end_it_with_2(run_proxy, arguments, word):
    fails(run_proxy, 2, word, arguments=arguments)


def test_a_message_stays_one_line_whatever_it_quotes(run_proxy):
    fails(run_proxy, 2, "--nope", arguments=["--nope\nsecond\x1b[31m" + "x" * 5000])


@pytest.mark.parametrize("content", [None, "", "{}", "not: [valid", "\0\0", "[]", "apiVersion: v1\nkind: Config\n",
                                     "a: &a [*a]\n", "contexts: 5\ncurrent-context: x\n"],
                         ids=["missing", "empty", "no-config", "no-yaml", "nul", "list", "no-context", "cycle", "types"])
def test_a_kubeconfig_that_is_missing_or_wrong_ends_it_with_2(run_proxy, tmp_path, content):
    path = tmp_path / "kc"
    if content is not None:
        path.write_text(content)
    fails(run_proxy, 2, str(path), environment={"KUBECONFIG": str(path)})
    fails(run_proxy, 2, str(path), arguments=[f"--kubeconfig={path}"])


def test_without_any_configuration_of_a_cluster_it_ends_with_1(run_proxy, tmp_path):
    fails(run_proxy, 1, "KUBECONFIG", environment={"HOME": str(tmp_path), "KUBECONFIG": ""})
    fails(run_proxy, 1, "KUBECONFIG", environment={"HOME": None})


def test_the_kubeconfig_of_the_home_folder_is_the_last_choice(start_cluster, start_proxy, tmp_path):
    cluster = start_cluster("--pods=1")
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(cluster.kubeconfig.read_text())
    proxy = start_proxy(None, environment={"HOME": str(tmp_path)})
    assert proxy.page().up_by_name() == {"pod-0": 1}


def test_a_port_in_use_ends_it_with_1(start_cluster, run_proxy):
    cluster = start_cluster()
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, lines = run_proxy(cluster, environment={"PORT": str(port)})
    assert status == 1 and len(lines) == 1, lines
    assert str(port) in lines[0] and "in use" in lines[0]


@pytest.mark.parametrize("arguments", [
    ["--timeout", "500ms"], ["--timeout=500ms"], ["-timeout=500ms"], ["-timeout", "500ms"], ["--scrape_timeout=500ms"],
    ["-scrape_timeout", "500ms"], ["--scrape-timeout=0.5s"],
], ids=" ".join)
def test_all_spellings_of_the_timeout(start_cluster, start_proxy, arguments):
    proxy = start_proxy(start_cluster("--pods=1", "--hanging=1"), *arguments, environment={"SCRAPE_TIMEOUT": "5s"})
    before = time.monotonic()
    assert proxy.page().up_by_name() == {"pod-0": 0}
    assert 0.4 < time.monotonic() - before < 1.5


@pytest.mark.parametrize("arguments", [["--labels", "a=b"], ["-labels=a=b"], ["--labels=a=b"], ["-labels", "a=b"]],
                         ids=" ".join)
def test_flags_beat_the_environment(cluster, start_proxy, arguments):
    cluster.add("flag", labels="a=b")
    cluster.add("variable", labels="app=demo")
    assert start_proxy(cluster, *arguments).page().up_by_name() == {"flag": 1}


def test_the_first_generations_command_line(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    proxy = start_proxy(cluster, "--labels", "app=demo", "--scrape_timeout", "9s", "--port", "0",
                        environment={"POD_LABEL_SELECTOR": None})
    assert proxy.page().up_by_name() == {"pod-0": 1}


def test_the_last_of_a_flag_counts(cluster, start_proxy):
    cluster.add("last", labels="a=b")
    assert start_proxy(cluster, "--labels=x=y", "--labels=a=b").page().up_by_name() == {"last": 1}


def test_empty_variables_are_unset(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=1"), environment={"SCRAPE_TIMEOUT": "", "WATCH_NAMESPACE": ""})
    assert proxy.page().up_by_name() == {"pod-0": 1}


def test_an_empty_port_is_the_default(start_cluster, launch_proxy):
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", 15090))
        except OSError:
            pytest.skip("port 15090 is in use")
    proxy = launch_proxy(start_cluster(), environment={"PORT": ""}).until_listening()
    assert proxy.port == 15090 and proxy.get("/-/healthy").status == 200


def test_kubeconfig_flag_beats_variable(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    proxy = start_proxy(cluster, f"--kubeconfig={cluster.kubeconfig}", environment={"KUBECONFIG": "/nowhere"})
    assert proxy.page().up_by_name() == {"pod-0": 1}


def test_it_lives_without_home_and_user_on_a_file_system_it_cannot_write(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=1"), environment={"HOME": None, "USER": None, "PATH": None})
    assert proxy.page().up_by_name() == {"pod-0": 1}


def test_the_log_is_one_event_a_line(start_cluster, start_proxy):
    proxy = start_proxy(start_cluster("--pods=1"))
    proxy.page()
    for line in proxy.lines:
        assert re.match(r'(time|ts)=\S+ level=(debug|info|warn|error) msg=("[^"]*"|\S+)', line), line
    assert any("app=demo" in line for line in proxy.lines), "the selector is shown at start"


def test_the_log_as_json(start_cluster):
    cluster = start_cluster("--pods=1")
    environment = environment_for(cluster, PORT="0")
    with subprocess.Popen([BINARY, "--log.format=json"], env=environment, stderr=subprocess.PIPE, text=True) as process:
        line = json.loads(process.stderr.readline())
        while "address" not in line:
            line = json.loads(process.stderr.readline())
        process.terminate()
        rest = process.stderr.read().splitlines()
        assert process.wait(8) == 0
    assert {"time", "level", "msg"} <= set(line)
    assert all(isinstance(json.loads(text), dict) for text in rest)


def test_debug_says_more(start_cluster, start_proxy):
    cluster = start_cluster("--pods=1")
    quiet = start_proxy(cluster, "--log.level=info")
    loud = start_proxy(cluster, "--log.level=debug")
    for proxy in (quiet, loud):
        proxy.page()
    assert len(loud.lines) >= len(quiet.lines)


def test_the_program_is_what_a_package_needs():
    mode = os.stat(BINARY).st_mode & 0o777
    assert pathlib.Path(BINARY).name == "metrics-proxy" and mode & 0o111 == 0o111
