"""What happens to the job: it is edited, broken, repaired, and its pod deleted, while messages come in all the time."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo_configmap.deployed import SINK_TOPIC, SOURCE_TOPIC, Deployed, PodLog
from demo_configmap.traffic import PARTITIONS, Output, Traffic, problems
from services import KafkaBroker
from services.image import penstock_image
from services.k8s import Kubernetes

# From the moment a pod has the new script to the first record of it that a consumer of committed records sees.
ALLOWED = 5.0

_SECOND = 'return f"{len(message)} characters"'
_BROKEN = 'return f"{len(message)} characters'
_THIRD = 'return f"{len(message)} characters, {len(message.split())} words"'

_RESTORING = r"Restoring job \w+ from (Checkpoint \d+|Savepoint)"
_COMPLETED = r"Completed checkpoint"
# How far an edit is, by what the log says.
_STEPS = {
    "noticed": r"has changed, the new script is looked at",
    "checked, stopping": r"Triggering .*savepoint",
    "stopped": r"switched from state \w+ to FINISHED",
    "new code restored": r"Restoring job \w+ from",
    "first checkpoint": _COMPLETED,
}


class StoryError(Exception):
    """Something did not happen as it has to."""


@dataclass(frozen=True)
class EditTimes:
    """How long an edit took, in seconds: until the kubelet had brought it, and from there on."""

    propagation: float
    effect: float
    steps: dict[str, float]

    def __str__(self) -> str:
        steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.steps.items())
        return (
            f"kubectl apply to `..data` swap (the kubelet's time) {self.propagation:.1f} s; "
            f"swap to first new output {self.effect:.1f} s ({steps})"
        )


@dataclass
class Outcome:
    """What came of it."""

    edits: list[EditTimes] = field(default_factory=list)
    sent: int = 0
    by_version: dict[int, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@contextmanager
def servers(folder: Path) -> Iterator[tuple[KafkaBroker, Kubernetes]]:
    """Kafka, and a Kubernetes whose pods reach it."""
    kafka = KafkaBroker(folder / "kafka", properties={"broker.session.timeout.ms": "10000"})
    image = {"penstock": penstock_image(folder / "image")}
    cluster = Kubernetes(folder / "k8s", images=image, host_ports=[kafka.port])
    try:
        with ThreadPoolExecutor(2) as both:
            for started in [both.submit(kafka.start), both.submit(cluster.start)]:
                started.result()
        yield kafka, cluster
    finally:
        cluster.stop()
        kafka.kill()


class Story:
    """Tells it, with `say` for what there is to be read meanwhile."""

    def __init__(self, kafka: KafkaBroker, cluster: Kubernetes, say: Callable[[str], None]) -> None:
        self._say = say
        self._kafka = kafka
        self._traffic = Traffic(kafka.bootstrap, SOURCE_TOPIC, SINK_TOPIC)
        self._job = Deployed(cluster, kafka.bootstrap)
        self._outcome = Outcome()

    def tell(self) -> Outcome:
        """From the first message to the last count. Raises StoryError."""
        try:
            self._begin()
            self._say(f"The ConfigMap is edited: {_SECOND}")
            self._edit(_SECOND, 2)
            self._deleted()
            self._broken_edit()
            self._deleted_while_broken()
            self._say(f"The ConfigMap is repaired: {_THIRD}")
            self._edit(_THIRD, 3)
            self._count()
        except TimeoutError as error:
            raise StoryError(f"{error}\n{self._job.explain()}") from error
        finally:
            self._traffic.stop()
            self._job.close()
        return self._outcome

    def _begin(self) -> None:
        for topic in (SOURCE_TOPIC, SINK_TOPIC):
            self._kafka.create_topic(topic, PARTITIONS)
        self._traffic.start()
        self._say("The ConfigMap and the job are applied, while messages come in all the time.")
        self._job.create()
        self._job.await_pod()
        self._traffic.wait_for_new(1)
        self._job.await_ready()
        self._show("their lengths arrive")

    def _deleted(self) -> None:
        self._say("The pod is deleted.")
        log, deleted = self._another_pod()
        restored = log.wait_for(_RESTORING)
        began = re.search(_RESTORING, restored.text)
        self._say(
            f"   another one goes on from {began[1] if began else '?'}, output after {time.time() - deleted:.1f} s"
        )

    def _another_pod(self) -> tuple[PodLog, float]:
        """Delete the pod and wait until another one writes; its log, and when the pod was deleted."""
        deleted = time.time()
        self._job.delete_pod()
        log = self._job.await_pod()
        log.wait_for(_RESTORING)
        self._traffic.wait_for_new(2)
        return log, deleted

    def _broken_edit(self) -> None:
        self._say(f"The ConfigMap is edited, and a quotation mark is missing: {_BROKEN}")
        _, seen = self._job.edit(_BROKEN)
        refused = self._job.log.wait_for("The edit is refused", after=seen)
        for line in self._job.log.lines(after=seen):
            if line.when <= refused.when and not _is_info(line.text):
                self._say(f"   | {line.text}")
        self._traffic.wait_for_new(2)
        self._show("the job goes on")

    def _deleted_while_broken(self) -> None:
        self._say("The pod is deleted while the ConfigMap is broken.")
        log, deleted = self._another_pod()
        instead = log.wait_for("The script that was accepted last is run instead")
        self._say(f"   | {instead.text}")
        self._say(f"   another one goes on with that, output after {time.time() - deleted:.1f} s")

    def _edit(self, line: str, version: int) -> None:
        applied, swapped = self._job.edit(line)
        first = self._traffic.wait_for_new(version)
        self._job.log.wait_for("is accepted", after=swapped)
        steps: dict[str, float] = {}
        for name, pattern in _STEPS.items():
            after = swapped + max(steps.values(), default=0.0)
            found = [entry.when for entry in self._job.log.lines(after=after) if re.search(pattern, entry.text)]
            if found:
                steps[name] = found[0] - swapped
        times = EditTimes(swapped - applied, first.seen - swapped, steps)
        self._outcome.edits.append(times)
        self._show("the output of the new script follows")
        self._say(f"   {times}")

    def _count(self) -> None:
        self._job.await_ready()
        sent = self._traffic.stop_writing()
        self._traffic.wait_until(
            lambda outputs: len({output.number for output in outputs}) >= sent, f"all {sent} messages had come out"
        )
        # What was doubled would come with the next checkpoints.
        done = self._job.log.wait_for(_COMPLETED, after=time.time())
        self._job.log.wait_for(_COMPLETED, after=done.when)
        outputs = self._traffic.outputs()
        self._outcome.sent = sent
        self._outcome.by_version = dict(sorted(Counter(output.version for output in outputs).items()))
        self._outcome.problems = problems(outputs, sent)

    def _show(self, what: str) -> None:
        last: Output = self._traffic.outputs()[-1]
        self._say(f"   {what}: of message {last.number} version {last.version} has written")


def _is_info(text: str) -> bool:
    return re.match(r"\d{4}-\S+ .*\bINFO\b", text) is not None
