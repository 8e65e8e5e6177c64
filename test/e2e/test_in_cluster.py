"""As a pod: the token and the CA of its service account change while it watches."""
import pytest

from authority import Authority
from pod_server import GAUGE
from service_account import token_id


def credentials_of_watches(cluster, account):
    return [request.credential for request in cluster.audited(account) if request.verb == "watch"]


def test_a_new_token_is_used_from_the_next_watch_on(cluster, pods, serve, service_account, start_in_cluster):
    pods.create_for("web", serve(GAUGE))
    proxy = start_in_cluster(service_account).until_ready()
    first = service_account.token
    for _ in range(2):
        service_account.write(token=cluster.create_token(pods.namespace))
        new = token_id(service_account.token)
        proxy.until(lambda: new in credentials_of_watches(cluster, pods.namespace), what="a watch with the new token")
    used = credentials_of_watches(cluster, pods.namespace)
    assert used == sorted(used, key=used.index), "an old token came back"
    pods.create_for("later", serve(GAUGE))
    proxy.until_pods({"web": 1, "later": 1})
    assert "level=warn" not in proxy.log and "level=error" not in proxy.log
    assert first not in proxy.log and service_account.token not in proxy.log


def test_a_token_that_ended_is_told_of_and_a_new_one_taken_at_once(cluster, pods, serve, service_account,
                                                                   start_in_cluster):
    pods.create_for("web", serve(GAUGE))
    service_account.write(token=cluster.create_short_token(pods.namespace, seconds=4))
    proxy = start_in_cluster(service_account).until_ready()
    proxy.until(lambda: "refused" in proxy.log, seconds=60, what="the end of the token")
    assert proxy.page().up_by_name() == {"web": 1}
    assert troubles(proxy) == 1
    service_account.write(token=cluster.create_token(pods.namespace))
    pods.create_for("later", serve(GAUGE))
    proxy.until_pods({"web": 1, "later": 1})
    proxy.until(lambda: proxy.get("/-/ready").status == 200, what="ready")
    assert troubles(proxy) == 1


def troubles(proxy):
    return sum("level=warn" in line or "level=error" in line for line in proxy.log.splitlines())


@pytest.fixture
def restore_authority(cluster):
    """The other tests' API server has a certificate of whatever authority came last."""
    yield
    cluster.authority.write_text((cluster.folder / f"authority-{cluster.authorities}.crt").read_text())


def test_a_new_authority_is_believed_once_the_file_has_it(cluster, pods, serve, service_account, start_in_cluster,
                                                          tmp_path, restore_authority):
    pods.create_for("web", serve(GAUGE))
    proxy = start_in_cluster(service_account).until_ready()
    with cluster.outage():
        cluster.replace_authority()
    proxy.until(lambda: "certificate" in proxy.log, what="a word about the certificate")
    assert proxy.page().up_by_name() == {"web": 1}
    service_account.write(authority=cluster.authority.read_text())
    pods.create_for("later", serve(GAUGE))
    proxy.until_pods({"web": 1, "later": 1})
    service_account.write(authority=Authority(tmp_path, "foreign").certificate.read_text())
    seen = len(proxy.log.splitlines())
    proxy.until(lambda: "certificate" in "\n".join(proxy.log.splitlines()[seen:]), what="distrust")
    assert proxy.page().up_by_name() == {"web": 1, "later": 1}


def test_half_a_rotation_changes_nothing(cluster, pods, serve, service_account, start_in_cluster):
    pods.create_for("web", serve(GAUGE))
    proxy = start_in_cluster(service_account).until_ready()
    service_account.write(token=" ")
    watches = len(credentials_of_watches(cluster, pods.namespace))
    proxy.until(lambda: len(credentials_of_watches(cluster, pods.namespace)) > watches + 3, what="more watches")
    assert troubles(proxy) == 1
    (service_account.folder / "..data").unlink()
    watches = len(credentials_of_watches(cluster, pods.namespace))
    proxy.until(lambda: len(credentials_of_watches(cluster, pods.namespace)) > watches + 3, what="more watches")
    assert len(set(credentials_of_watches(cluster, pods.namespace))) == 1
    assert proxy.get("/-/ready").status == 200
    assert troubles(proxy) == 2, "a line for each file"
