"""The cluster of these tests: a Kubernetes whose pods have Penstock, and reach the Kafka of the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services import KafkaBroker, Kubernetes
from services.image import penstock_image
from services.missing import end_for_lack_of


@pytest.fixture(scope="package")
def kubernetes(kafka: KafkaBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubernetes]:
    """A `services.Kubernetes` with the image `penstock`: let each test use a namespace of its own."""
    if (reason := Kubernetes.lacking()) is not None:
        end_for_lack_of(reason)
    images = {"penstock": penstock_image(tmp_path_factory.mktemp("image")), "shell": {}}
    # A kubelet's socket is in the folder, and paths of sockets are short.
    with Kubernetes(tmp_path_factory.mktemp("k8s"), images=images, host_ports=[kafka.port]) as cluster:
        yield cluster
