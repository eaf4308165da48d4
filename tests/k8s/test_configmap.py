"""`make demo-configmap` as a test: the job of k8s/configmaps is edited, broken and repaired, its pods are deleted."""

from __future__ import annotations

from demo_configmap.story import ALLOWED, Story
from demo_configmap.traffic import Output, problems
from services import KafkaBroker, Kubernetes

# The machine may have other work beside the tests; `make demo-configmap` has the limit itself.
_LEISURE = 3


def test_a_job_survives_what_happens_to_its_configmap_and_its_pods(kafka: KafkaBroker, kubernetes: Kubernetes) -> None:
    outcome = Story(kafka, kubernetes, print).tell()

    assert outcome.problems == []
    assert sorted(outcome.by_version) == [1, 2, 3]
    assert sum(outcome.by_version.values()) == outcome.sent
    assert max(edit.effect for edit in outcome.edits) < ALLOWED * _LEISURE


def test_wrong_counts_are_found() -> None:
    def written(*records: tuple[int, int]) -> list[Output]:
        return [Output(0, offset, version, number, 0.0) for offset, (version, number) in enumerate(records)]

    assert problems(written((1, 1), (1, 2), (2, 3)), sent=3) == []
    assert problems(written((1, 1), (1, 3)), sent=3) == ["1 of 3 messages are lost, the first is 2"]
    assert problems(written((1, 1), (1, 2), (1, 1)), sent=2) == [
        "1 messages came out more than once, the first is 1",
    ]
    assert problems(written((1, 1), (1, 2)), sent=1) == ["message 2 was never sent"]
    assert problems(written((2, 1), (1, 2)), sent=2) == [
        "in partition 0 of the sink an old version comes after a newer one"
    ]
    assert problems(written((1, 4), (2, 1), (2, 2), (2, 3)), sent=4) == [
        "of partition 1 of the source an old version has read after a newer one"
    ]
