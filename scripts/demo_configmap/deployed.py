"""The job of k8s/configmaps on a Kubernetes: applied, edited, its pod deleted, its log read."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from services.k8s import Kubernetes, until
from services.process import ServiceError

MANIFESTS = Path(__file__).resolve().parent.parent.parent / "k8s" / "configmaps"
NAMESPACE, NAME, VOLUME = "csa-ssb", "pyflink-kafka-sink-kafka", "job"
SOURCE_TOPIC, SINK_TOPIC = "kafka-source", "kafka-sink"
_LINE_OF_FIRST_VERSION = "return str(len(message))"


class Line(NamedTuple):
    """A line of a pod's log, and when it was written."""

    when: float
    text: str


class PodLog:
    """The log of a pod, followed until the pod ends."""

    def __init__(self, cluster: Kubernetes, pod: str) -> None:
        self._pod = pod
        self._lines: list[Line] = []
        self._open = True
        self._changed = threading.Condition()
        command = cluster.command("logs", "-n", NAMESPACE, "--follow", "--timestamps", pod)
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._reader = threading.Thread(target=self._read, name=f"log of {pod}", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for raw in self._process.stdout:
            when, _, text = raw.rstrip("\n").partition(" ")
            with self._changed:
                self._lines.append(Line(_seconds(when), text))
                self._changed.notify_all()
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def lines(self, after: float = 0.0) -> list[Line]:
        """The lines written after a moment."""
        with self._changed:
            return [line for line in self._lines if line.when > after]

    def wait_for(self, pattern: str, after: float = 0.0, timeout: float = 60) -> Line:
        """The first line with a match that was written after a moment. Raises TimeoutError with the end of the log."""
        wanted, deadline = re.compile(pattern), time.monotonic() + timeout
        with self._changed:
            while True:
                for line in self._lines:
                    if line.when > after and wanted.search(line.text):
                        return line
                left = deadline - time.monotonic()
                if not self._open or left <= 0:
                    last = "\n".join(line.text for line in self._lines[-30:])
                    raise TimeoutError(f"{self._pod} never said {pattern!r}; its log ends with:\n{last}")
                self._changed.wait(left)

    def close(self) -> None:
        """Stop following."""
        self._process.terminate()
        self._process.wait()
        self._reader.join()


def _seconds(stamp: str) -> float:
    """The time of a log line; 0 for what is no time.

    >>> _seconds("2026-01-01T00:00:01.500000000Z") - _seconds("2026-01-01T00:00:00Z")
    1.5
    """
    found = re.fullmatch(r"([\dT:-]+?)(\.\d+)?Z", stamp)
    if found is None:
        return 0.0
    return datetime.fromisoformat(f"{found[1]}+00:00").timestamp() + float(found[2] or 0)


class Deployed:
    """The job, its ConfigMap and its pod."""

    def __init__(self, cluster: Kubernetes, bootstrap: str) -> None:
        self._cluster = cluster
        self._bootstrap = bootstrap
        self._pod: dict[str, Any] = {}
        self._log: PodLog | None = None

    def create(self) -> None:
        """Apply the manifests as they are, but for the address of Kafka."""
        self._cluster.kubectl("create", "namespace", NAMESPACE)
        self._cluster.add_volume("pyflink-kafka-sink-kafka")
        self.apply_script(_LINE_OF_FIRST_VERSION)
        job = (MANIFESTS / "pyflink-job-kafka-sink-kafka.yaml").read_text(encoding="utf-8")
        self._cluster.apply(NAMESPACE, _replaced(job, "kafka:9092", self._bootstrap))

    def apply_script(self, line: str) -> None:
        """Apply the ConfigMap with this as the line that says what is written for a message."""
        script = (MANIFESTS / "pyflink-cm-kafka-sink-kafka.yaml").read_text(encoding="utf-8")
        self._cluster.apply(NAMESPACE, _replaced(script, _LINE_OF_FIRST_VERSION, line))

    def edit(self, line: str) -> tuple[float, float]:
        """Apply the ConfigMap with another line; when it was applied, and when the pod saw it."""
        data = self._cluster.mounted(self._pod, VOLUME) / "..data"
        before = os.readlink(data)
        applied = time.time()
        self.apply_script(line)
        self.touch()
        until(lambda: os.readlink(data) != before, "the kubelet had brought the ConfigMap to the pod", timeout=120)
        # The kubelet makes the link right before it puts it in place of the old one.
        return applied, data.lstat().st_mtime

    def touch(self) -> None:
        """Annotate the pods, so that the kubelet looks at their volumes now, and not when the minute is over."""
        stamp = f"example.com/touched={time.time():.3f}"
        self._cluster.kubectl("annotate", "pods", "-n", NAMESPACE, "-l", f"app={NAME}", "--overwrite", stamp)

    def await_pod(self, timeout: float = 120) -> PodLog:
        """Wait until a pod that was not known before runs; its log. Raises ServiceError if it is not the only one."""
        until(self._other_pod_runs, "a pod of the job ran", timeout)
        self.close()
        self._log = PodLog(self._cluster, self._pod["metadata"]["name"])
        return self._log

    def _other_pod_runs(self) -> bool:
        known = self._pod.get("metadata", {}).get("uid")
        running = [pod for pod in self._cluster.objects(NAMESPACE, "pods") if _runs(pod)]
        if len(running) > 1:
            raise ServiceError(f"{len(running)} pods of the job run at once")
        if not running or running[0]["metadata"]["uid"] == known:
            return False
        self._pod = running[0]
        return True

    def await_ready(self) -> None:
        """Wait until Kubernetes takes the job for available."""
        self._cluster.kubectl(
            "wait", "-n", NAMESPACE, f"deployment/{NAME}", "--for=condition=Available", "--timeout=60s"
        )

    @property
    def log(self) -> PodLog:
        """That of the newest pod."""
        assert self._log is not None, "a pod was waited for"
        return self._log

    def delete_pod(self) -> None:
        """Delete the pod, in order: Kubernetes makes another."""
        self._cluster.kubectl("delete", "pod", "-n", NAMESPACE, self._pod["metadata"]["name"], "--wait=false")

    def close(self) -> None:
        """Read the log no more."""
        if self._log is not None:
            self._log.close()
            self._log = None

    def explain(self) -> str:
        """What Kubernetes and the job have to say, for error messages."""
        description = self._cluster.kubectl("describe", "pods", "-n", NAMESPACE)
        return description + self._cluster.kubectl("logs", "-n", NAMESPACE, f"deployment/{NAME}", "--tail=30")


def _runs(pod: dict[str, Any]) -> bool:
    return any("running" in container["state"] for container in pod["status"].get("containerStatuses", []))


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"{old!r} is there {text.count(old)} times: adapt {Path(__file__).name}")
    return text.replace(old, new)
