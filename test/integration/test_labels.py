"""--label: more labels of each sample, by its pod."""
import subprocess

import pytest

from simulation import program

POD = {"metadata": {"labels": {"example.com/team": "red"}},
       "spec": {"nodeName": "node-7", "containers": [
           {"name": "app", "image": "x", "ports": [{"containerPort": 8080}]},
           {"name": "exporter", "image": "x", "ports": [{"containerPort": 9100}, {"containerPort": 9200}]}]}}
ALL = ["--label=node=node", "--label=pod_uid=uid", "--label=pod_ip=ip", "--label=container=container",
       "--label=team=label:example.com/team", "--label=none=label:no-such"]


def labels_of(page, pod, name="a"):
    [sample] = page.of(name, k8s_pod_name=pod)
    return dict(sample.labels)


def watch(start_cluster, start_proxy, *arguments, body="a 1\n"):
    """A pod whose exporter listens at the port that all pods of the simulation have."""
    cluster = start_cluster("--pods=1")
    patch = {"metadata": dict(POD["metadata"]), "spec": {"nodeName": "node-7", "containers": [
        POD["spec"]["containers"][0], {"name": "exporter", "ports": [{"containerPort": cluster.pod_port}]}]}}
    pod = cluster.add("p", server={"body": body}, patch=patch)
    return cluster, start_proxy(cluster, *arguments), pod


def test_every_source(start_cluster, start_proxy):
    _, proxy, pod = watch(start_cluster, start_proxy, *ALL)
    page = proxy.page()
    assert labels_of(page, "p") == {
        "k8s_pod_name": "p", "k8s_namespace": "default", "node": "node-7", "pod_uid": pod["uid"], "pod_ip": pod["ip"],
        "container": "exporter", "team": "red"}
    assert all(len(sample.labels) == 2 for sample in page.of("up")), "up has its two labels and no more"


def test_what_changes_is_seen_in_the_watch(start_cluster, start_proxy):
    cluster, proxy, _ = watch(start_cluster, start_proxy, *ALL)
    proxy.page()
    cluster.until_watched()
    patch = {"metadata": {"labels": {"example.com/team": "blue", "no-such": "yes"}},
             "spec": {"containers": [{"name": "all-in-one", "ports": []}]}}
    cluster.patch("p", patch)
    proxy.until_logged("Updated pod\" pod=p")
    labels = {}
    for _ in range(100):
        labels = labels_of(proxy.page(), "p")
        if labels["team"] == "blue":
            break
    assert (labels["team"], labels["none"], labels["container"]) == ("blue", "yes", "all-in-one")


def test_a_label_of_the_pod_s_own_gives_way(start_cluster, start_proxy):
    _, proxy, _ = watch(start_cluster, start_proxy, *ALL, body='a{node="mine",none="kept",container=""} 1\n')
    labels = labels_of(proxy.page(), "p")
    assert labels["node"] == "node-7" and labels["exported_node"] == "mine"
    assert labels["none"] == "kept" and "exported_none" not in labels


def test_without_the_flag_there_are_two_labels(start_cluster, start_proxy):
    _, proxy, _ = watch(start_cluster, start_proxy)
    assert labels_of(proxy.page(), "p") == {"k8s_pod_name": "p", "k8s_namespace": "default"}


@pytest.mark.parametrize("rule", ["", "x", "x=", "x=pod", "x=label:", "x=label:a b", "1x=node", "le=node", "quantile=ip",
                                  "k8s_pod_name=uid", "k8s_namespace=uid", "__x=node", "x-y=node"])
def test_a_wrong_rule_is_one_line_and_status_2(rule):
    proxy = program("METRICS_PROXY", "src/app/metrics-proxy")
    ended = subprocess.run([proxy, "--labels=a=b", f"--label={rule}"], capture_output=True, text=True, timeout=10)
    assert ended.returncode == 2 and len(ended.stderr.splitlines()) == 1
    assert f'--label="{rule}"' in ended.stderr
