"""The Kubernetes that the other tests rely on does what they believe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import Kubernetes, ServiceError
from services.k8s import until

_SCRIPT = """
id -u; cat /config/text; pwd; echo "$GREETING"
echo mine >/var/tmp/penstock-private && cat /var/tmp/penstock-private
echo kept >/data/file
(echo no >/read-only) 2>/dev/null || echo refused
trap 'exit 0' TERM
while :; do sleep 0.05; done
"""


@pytest.fixture
def namespace(kubernetes: Kubernetes) -> Iterator[str]:
    kubernetes.kubectl("create", "namespace", "shell")
    yield "shell"
    kubernetes.kubectl("delete", "namespace", "shell", "--wait=false")


def _pod() -> str:
    volumes = [
        {"name": "config", "configMap": {"name": "text"}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
    ]
    container = {
        "name": "shell",
        "image": "shell:1",
        "command": ["sh", "-c", _SCRIPT],
        "workingDir": "/var/tmp",
        "env": [{"name": "GREETING", "value": 'it\'s "quoted"'}],
        "securityContext": {"runAsUser": 10001, "runAsGroup": 10001},
        "volumeMounts": [{"name": "config", "mountPath": "/config"}, {"name": "data", "mountPath": "/data"}],
    }
    spec = {
        "containers": [container],
        "volumes": volumes,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 10,
    }
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shell"}, "spec": spec})


def _config_map(text: str) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "text"}, "data": {"text": text}})


def _claim() -> str:
    spec = {"accessModes": ["ReadWriteOncePod"], "resources": {"requests": {"storage": "1Gi"}}}
    return json.dumps({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec})


def test_a_pod_runs_as_its_manifest_says(kubernetes: Kubernetes, namespace: str) -> None:
    data = kubernetes.add_volume("shell-data")
    for manifest in (_config_map("one\n"), _claim(), _pod()):
        kubernetes.apply(namespace, manifest)
    kubernetes.kubectl("wait", "-n", namespace, "pod/shell", "--for=condition=Ready", "--timeout=60s")

    def log() -> list[str]:
        return kubernetes.kubectl("logs", "-n", namespace, "shell").splitlines()

    def inside(*command: str) -> str:
        return kubernetes.kubectl("exec", "-n", namespace, "shell", "--", *command)

    until(lambda: len(log()) >= 6, "the pod had said all")
    assert log() == ["10001", "one", "/var/tmp", 'it\'s "quoted"', "mine", "refused"]
    assert inside("id", "-u") == "10001\n"
    assert not Path("/var/tmp/penstock-private").exists()
    assert (data / "file").read_text(encoding="utf-8") == "kept\n"
    with pytest.raises(ServiceError, match="exit code 7"):
        inside("sh", "-c", "exit 7")

    kubernetes.apply(namespace, _config_map("two\n"))
    kubernetes.kubectl("annotate", "-n", namespace, "pod/shell", "edited=yes")
    until(lambda: inside("cat", "/config/text") == "two\n", "the pod saw the new ConfigMap")
    kubernetes.kubectl("delete", "-n", namespace, "pod/shell")
