"""Schedules follow from their seeds, and all that a schedule may have comes up."""

from __future__ import annotations

import random

from faults import join, points, sabotage, sessions, timers, words
from faults.compare import differences
from faults.schedule import SINKS, schedule
from faults.workload import Workload


def test_a_seed_is_a_schedule() -> None:
    plans = [schedule(seed) for seed in range(400)]
    assert plans == [schedule(seed) for seed in range(400)]
    assert {plan.job for plan in plans} == set(SINKS)
    for name, values in {
        "backend": {"hashmap", "rocksdb"},
        "mode": {"process", "thread"},
        "naming": {"INCREMENTING", "POOLING"},
        "unaligned": {True, False},
        "partitions": {1, 2, 3, 4},
    }.items():
        assert {getattr(plan, name) for plan in plans} == values
    assert {len(plan.kills) for plan in plans} == {1, 2, 3, 4}
    assert {plan.parallelism[0] for plan in plans} == {1, 3}
    assert any(len(set(plan.parallelism)) > 1 for plan in plans)
    chosen = {kill.point for plan in plans for kill in plan.kills}
    known = set(points.AT_THE_MASTER)
    for backend in points.OF_BACKEND:
        for sink in points.OF_SINK:
            known |= set(points.in_tasks(backend, sink))
    assert chosen - {None} == known


def test_only_slots_of_their_own_die_alone() -> None:
    for plan in (schedule(seed) for seed in range(400)):
        life = 0
        for kill in plan.kills:
            if kill.slot is not None:
                assert plan.mode == "process" and kill.slot < plan.parallelism_of(life), plan
                assert kill.point not in points.AT_THE_MASTER
            else:
                life += 1


def test_a_sabotage_has_schedules_in_which_it_can_matter() -> None:
    for kind, suits in sabotage.KINDS.items():
        plan = schedule(1, suits, kind)
        assert plan.sabotage == kind and suits(plan)


def test_workloads_follow_from_the_seed_and_have_all_kinds_of_output() -> None:
    for make in (
        lambda rng: sessions.workload(["in"], "out", 3, rng),
        lambda rng: timers.workload(["in"], "out", 3, rng),
        lambda rng: join.workload(["a", "b", "c"], "out", 3, rng),
        lambda rng: words.workload(["in"], "out", 3, rng),
    ):
        first, again = make(random.Random(5)), make(random.Random(5))
        assert first.inputs == again.inputs and first.expected == again.expected
        assert all(len(lines) > 100 for lines in first.expected.values())
        assert sum(sum(ends) for ends in first.ends().values()) == len(first.inputs)
    readings = timers.workload(["in"], "out", 1, random.Random(5))
    assert any(" silent " in line for line in readings.expected["main"])


def test_whatever_differs_is_told() -> None:
    workload = Workload([], {"out": ["a 1", "a 2", "b 1"]}, {"out": lambda line: (line[0], int(line[2]))})
    assert differences(workload, {"out": ["a 1", "b 1", "a 2"]}) == []
    told = differences(workload, {"out": ["a 1", "b 1", "b 1", "c 1"]})
    assert [line.split(",")[0] for line in told] == [
        "out: lost 1 of 3",
        "out: doubled 1",
        "out: 1 that no undisturbed run gives",
    ]
    assert differences(workload, {"out": ["a 2", "a 1", "b 1"]}) == ["out: number 1 of a comes after number 2"]
