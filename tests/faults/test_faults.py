"""Some schedules of the many: which, follows from the commit. `make faults N=200` runs more of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from faults import seeds
from faults.cluster import Services, services
from faults.many import AT_A_TIME, carry_out
from faults.outcome import Outcome
from faults.schedule import SINKS, Kill, Schedule, schedule
from services import KafkaBroker, S3Server
from services.missing import end_for_lack_of

SEEDS = 80
BASE = seeds.base()


def undisturbed(job: str) -> Schedule:
    """A run of this job in which nothing dies."""
    return replace(schedule(BASE, lambda plan: plan.job == job), kills=())


def rescaled(job: str) -> Schedule:
    """This job killed twice, with 1, 4 and 3 subtasks in turn."""
    kills = (Kill(checkpoints=2), Kill(checkpoints=2))
    return replace(undisturbed(job), kills=kills, parallelism=(1, 4, 3), partitions=4)


PLANS = {
    **{f"{job} undisturbed": undisturbed(job) for job in SINKS},
    **{f"{job} rescaled": rescaled(job) for job in SINKS},
    **{f"seed {BASE + number}": schedule(BASE + number) for number in range(SEEDS)},
}


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A broker and an S3 server for all of them."""
    for service in (KafkaBroker, S3Server):
        if (reason := service.lacking()) is not None:
            end_for_lack_of(reason)
    with services(tmp_path_factory.mktemp("servers")) as running:
        yield running


@pytest.fixture(scope="session")
def runs(
    servers: Services, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[Outcome]]]:
    """All that were asked for, two at a time."""
    wanted = [item.callspec.params["name"] for item in request.session.items if item.originalname == "test_faults"]
    folder = tmp_path_factory.mktemp("runs")
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        yield {name: pool.submit(carry_out, PLANS[name], servers, folder / name.replace(" ", "-")) for name in wanted}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", PLANS)
def test_faults(name: str, runs: dict[str, Future[Outcome]]) -> None:
    outcome = runs[name].result()
    print(outcome.line())
    assert not outcome.findings, f"{outcome.explain()}"
