"""A real Kubernetes, and what a test does with one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from services.process import HERE, Service, ServiceError, cache_folder, free_ports

_PROGRAMS = ("ip", "nsenter", "unshare", "mount", "chroot", "openssl")


class Kubernetes(Service):
    """One node on free ports. Its images are folders: `images` as k8s.sh describes them.

    Pods find `host_ports` of this machine's 127.0.0.1 on theirs. `sync` is how often the kubelet syncs a pod that
    nothing has happened to, and so how late that pod sees a changed ConfigMap; a minute is the kubelet's own default.
    """

    script = HERE / "k8s.sh"

    def __init__(
        self,
        folder: Path,
        *,
        images: Mapping[str, Mapping[str, Any]] | None = None,
        host_ports: Iterable[int] = (),
        sync: str = "1m",
    ) -> None:
        port, etcd, peer = free_ports(3)
        environment = {
            "K8S_PORT": str(port),
            "K8S_ETCD_PORT": str(etcd),
            "K8S_ETCD_PEER_PORT": str(peer),
            "K8S_HOST_PORTS": ",".join(map(str, host_ports)),
            "K8S_SYNC": sync,
        }
        super().__init__(folder, environment)
        self._images = dict(images or {})
        self._kubectl: str | None = None

    @classmethod
    def lacking(cls) -> str | None:
        missing = [program for program in _PROGRAMS if shutil.which(program) is None]
        if missing:
            return f"Kubernetes needs {', '.join(missing)}, not found on PATH"
        if os.geteuid() != 0:
            return "Kubernetes needs root, for the namespaces and mounts of its containers"
        if subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True).returncode != 0:
            return "Kubernetes needs namespaces and mounts, which root may not make here (a container?)"
        if shutil.which("go") is None and not any(cache_folder().glob("localkube-*/localkube")):
            return "building Kubernetes needs Go, and no go is on PATH"
        return None

    @property
    def log(self) -> Path:
        """Where the kubelet writes what it has to say; the other components have folders beside its."""
        return self._folder / "kubelet" / "log"

    @property
    def kubeconfig(self) -> Path:
        """An administrator's."""
        return self._folder / "kubeconfig"

    def start(self) -> None:
        """Start it and return when it takes pods; nothing happens if it runs already."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "images.json").write_text(json.dumps(self._images), encoding="utf-8")
        super().start()

    def command(self, *arguments: str) -> list[str]:
        """The command line of `kubectl` with these arguments."""
        if self._kubectl is None:
            program = subprocess.run([str(self.script), "fetch"], capture_output=True, text=True, check=True)
            self._kubectl = str(Path(program.stdout.strip()).with_name("kubectl"))
        return [self._kubectl, f"--kubeconfig={self.kubeconfig}", *arguments]

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl; its output. Raises ServiceError with what it said if it fails."""
        done = subprocess.run(self.command(*arguments), input=stdin, capture_output=True, text=True)
        if done.returncode != 0:
            raise ServiceError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def apply(self, namespace: str, manifest: str) -> str:
        """Apply a manifest."""
        return self.kubectl("apply", "-n", namespace, "-f", "-", stdin=manifest)

    def objects(self, namespace: str, kind: str) -> list[dict[str, Any]]:
        """All objects of a kind."""
        items: list[dict[str, Any]] = json.loads(self.kubectl("get", kind, "-n", namespace, "-o", "json"))["items"]
        return items

    def add_volume(self, name: str, mode: str = "ReadWriteOncePod") -> Path:
        """Make a volume that a claim with this access mode can have; the folder with what is written to it."""
        folder = self._folder.resolve() / "volumes" / name
        folder.mkdir(parents=True)
        folder.chmod(0o777)  # the kubelet gives a group to folders of other kinds of volumes only
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "capacity": {"storage": "10Gi"},
                "accessModes": [mode],
                "persistentVolumeReclaimPolicy": "Retain",
                "hostPath": {"path": str(folder)},
            },
        }
        self.kubectl("apply", "-f", "-", stdin=json.dumps(volume))
        return folder

    def mounted(self, pod: Mapping[str, Any], volume: str) -> Path:
        """Where a ConfigMap that is a volume of the pod lies on this machine."""
        pods = self._folder.resolve() / "kubelet" / "root" / "pods"
        return pods / pod["metadata"]["uid"] / "volumes" / "kubernetes.io~configmap" / volume


def until(reached: Callable[[], bool], what: str, timeout: float = 60) -> None:
    """Wait until something outside is so. Raises ServiceError if it is not in time."""
    deadline = time.monotonic() + timeout
    while not reached():
        if time.monotonic() > deadline:
            raise ServiceError(f"waited {timeout:.0f} s until {what}")
        time.sleep(0.05)
