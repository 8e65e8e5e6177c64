"""Pods as the API server writes them. A large one is of a service mesh: 14.5 KB, most of it managedFields, volumes,
environment, probes, conditions and container statuses. A small one, of 3 KB, has one container and little else."""
import json
import uuid

CONTAINERS = ("app", "istio-proxy", "log-shipper")
SETTINGS = tuple(f"APPLICATION_SETTING_{number}" for number in range(5))
CONDITIONS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
VOLUMES = ("config", "istio-envoy", "istio-data", "istio-podinfo", "istio-token", "istiod-ca-cert",
           "kube-api-access-x7k2p")
TIME = "2026-01-02T03:04:05Z"


def environment(container):
    plain = [{"name": name, "value": f"the-value-of-a-setting-of-{container}"} for name in SETTINGS]
    fields = [{"name": name, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}} for name, path in (
        ("POD_NAME", "metadata.name"), ("POD_NAMESPACE", "metadata.namespace"), ("INSTANCE_IP", "status.podIP"))]
    return plain + fields


def probe(path, port):
    return {"httpGet": {"path": path, "port": port, "scheme": "HTTP"}, "initialDelaySeconds": 10, "timeoutSeconds": 3,
            "periodSeconds": 15, "successThreshold": 1, "failureThreshold": 4}


def container(name):
    return {
        "name": name, "image": f"registry.example.com/team/{name}:v1.24.3", "args": ["serve", "--config=/etc/config/config.yaml"],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"},
                  {"name": "http-metrics", "containerPort": 15020, "protocol": "TCP"}],
        "env": environment(name),
        "resources": {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": volume, "mountPath": f"/var/run/{volume}"} for volume in VOLUMES[-3:]],
        "livenessProbe": probe("/healthz", 8080), "readinessProbe": probe("/ready", 8080),
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"capabilities": {"drop": ["ALL"]}, "runAsUser": 1337, "allowPrivilegeEscalation": False}}


def volume(name):
    if name.startswith("kube-api"):
        return {"name": name, "projected": {"sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}], "defaultMode": 420}}
    return {"name": name, "configMap": {"name": f"app-{name}", "defaultMode": 420}}


def managed(manager, fields):
    return {"manager": manager, "operation": "Update", "apiVersion": "v1", "time": TIME, "fieldsType": "FieldsV1",
            "fieldsV1": fields}


def managed_container():
    return {".": {}, "f:env": {".": {}, **{f'k:{{"name":"{name}"}}': {".": {}, "f:name": {}} for name in SETTINGS}},
            **{f"f:{key}": {} for key in ("image", "ports", "resources", "volumeMounts", "livenessProbe",
                                          "readinessProbe", "terminationMessagePath", "terminationMessagePolicy")}}


def managed_spec(containers):
    return {"f:metadata": {"f:annotations": {f"f:{key}": {} for key in ("prometheus.io/scrape", "prometheus.io/port")},
                           "f:labels": {"f:app": {}, "f:pod-template-hash": {}}, "f:ownerReferences": {".": {}}},
            "f:spec": {"f:containers": {f'k:{{"name":"{name}"}}': managed_container() for name in containers},
                       "f:volumes": {f'k:{{"name":"{name}"}}': {".": {}, "f:name": {}} for name in VOLUMES}}}


def managed_status():
    return {"f:status": {"f:conditions": {f'k:{{"type":"{name}"}}': {
        ".": {}, "f:lastProbeTime": {}, "f:lastTransitionTime": {}, "f:status": {}, "f:type": {}} for name in CONDITIONS},
        "f:containerStatuses": {}, "f:hostIP": {}, "f:phase": {}, "f:podIP": {}, "f:startTime": {}}}


def container_status(name):
    return {"name": name, "state": {"running": {"startedAt": TIME}}, "lastState": {}, "ready": True, "restartCount": 0,
            "image": f"registry.example.com/team/{name}:v1.24.3", "started": True,
            "imageID": f"registry.example.com/team/{name}@sha256:{'0123456789abcdef' * 4}",
            "containerID": f"containerd://{'fedcba9876543210' * 4}"}


def metadata(number, labels, port):
    return {
        "name": f"checkout-service-5d4f8c7b9d-{number:05d}", "generateName": "checkout-service-5d4f8c7b9d-",
        "namespace": f"team-{number % 20}", "uid": str(uuid.UUID(int=number + 1)), "creationTimestamp": TIME,
        "labels": labels,
        "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": str(port)},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "checkout-service-5d4f8c7b9d",
                             "uid": str(uuid.UUID(int=7)), "controller": True, "blockOwnerDeletion": True}]}


def spec(number, containers):
    return {"containers": containers, "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst", "serviceAccountName": "checkout-service", "schedulerName": "default-scheduler",
            "nodeName": f"node-{number // 50}.example.com", "priority": 0,
            "tolerations": [{"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute",
                             "tolerationSeconds": 300} for key in ("not-ready", "unreachable")]}


def status(address, containers):
    conditions = [{"type": name, "status": "True", "lastProbeTime": None, "lastTransitionTime": TIME} for name in CONDITIONS]
    return {"phase": "Running", "conditions": conditions, "hostIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.0.1"}],
            "podIP": address, "podIPs": [{"ip": address}], "startTime": TIME, "qosClass": "Burstable",
            "containerStatuses": [container_status(name) for name in containers]}


def small_pod(number, labels, address, port):
    app = {"name": "app", "image": "registry.example.com/team/app:v1.24.3", "imagePullPolicy": "IfNotPresent",
           "env": environment("app"), "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata(number, labels, port), "spec": spec(number, [app]),
            "status": status(address, ["app"])}


def large_pod(number, labels, address, port):
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": metadata(number, labels, port),
           "spec": spec(number, [container(name) for name in CONTAINERS]), "status": status(address, CONTAINERS)}
    mesh = {"initContainers": ["istio-init"], "containers": list(CONTAINERS), "volumes": list(VOLUMES)}
    pod["metadata"]["annotations"].update({"istio.io/rev": "default", "sidecar.istio.io/status": json.dumps(mesh)})
    pod["metadata"]["managedFields"] = [managed("kube-controller-manager", managed_spec(CONTAINERS)),
                                        managed("kubelet", managed_status())]
    pod["spec"].update({"volumes": [volume(name) for name in VOLUMES], "initContainers": [container("istio-init")]})
    pod["status"]["initContainerStatuses"] = [container_status("istio-init")]
    return pod
