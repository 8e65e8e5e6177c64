"""As the charms of the original start it: only an environment, and a selector with a long key."""
import subprocess

from pod_server import GAUGE

KEY = "charms.canonical.com/istio-syst.istio-k8s.0123456789.telemetry"


def test_the_environment_of_the_charm_is_enough(pods, serve, start_proxy, kubeconfig):
    pods.create_for("istiod-1", serve(GAUGE), labels={KEY: "aggregated"})
    proxy = start_proxy(POD_LABEL_SELECTOR=f"{KEY}=aggregated", KUBECONFIG=str(kubeconfig), SCRAPE_TIMEOUT="").until_ready()
    assert proxy.until_pods({"istiod-1": 1}).value("demo_temperature", k8s_pod_name="istiod-1") == 21


def test_two_labels_joined_by_a_comma_must_both_hold(pods, serve, start_proxy, kubeconfig):
    pods.create_for("both", serve(GAUGE), labels={"app": pods.namespace, KEY: "aggregated"})
    pods.create_for("one", serve(GAUGE))
    proxy = start_proxy(POD_LABEL_SELECTOR=f"{pods.selector},{KEY}=aggregated", KUBECONFIG=str(kubeconfig))
    proxy.until_ready().until_pods({"both": 1})


def test_the_flags_of_the_first_generation_work(pods, serve, start_proxy, kubeconfig):
    pods.create_for("web", serve(GAUGE))
    flags = ["-labels", pods.selector, "--scrape_timeout=2s", "--port", "0"]
    start_proxy(flags, KUBECONFIG=str(kubeconfig), PORT="").until_ready().until_pods({"web": 1})


def test_without_a_selector_it_ends_with_2(start_proxy, kubeconfig):
    proxy = start_proxy(KUBECONFIG=str(kubeconfig))
    assert proxy.wait(seconds=10) == 2
    assert "POD_LABEL_SELECTOR" in proxy.log


def test_help_needs_no_cluster(binary):
    run = subprocess.run([binary, "--help"], env={}, capture_output=True, text=True, timeout=10, check=False)
    assert run.returncode == 0 and "--labels" in run.stdout and run.stderr == ""


def test_pebble_stops_it_in_time(pods, proxy, serve):
    pods.create_for("web", serve(GAUGE))
    proxy.until_pods({"web": 1})
    assert proxy.stop() == 0
