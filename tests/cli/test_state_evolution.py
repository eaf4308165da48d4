"""A job whose states have other types than in the checkpoint it goes on from."""

from __future__ import annotations

import signal

import pytest

from job_scripts import ENVIRONMENT, Outcome, Scripts

BEFORE = """
    value, element, of_map, of_rule = Types.INT(), Types.INT(), Types.FLOAT(), Types.INT()
    row = Types.ROW_NAMED(["a"], [Types.INT()])
    key = Types.INT()
    ttl = False
"""
AFTER = """
    value, element, of_map, of_rule = Types.LONG(), Types.LONG(), Types.DOUBLE(), Types.LONG()
    row = Types.ROW_NAMED(["a", "b"], [Types.LONG(), Types.STRING()])
    key = Types.INT()
    ttl = True
"""


def job(types: str, classes: str = "class Kept:\n    def __init__(self, n):\n        self.n = n\n") -> str:
    return (
        ENVIRONMENT
        + "import sys, time\n"
        + "from pyflink.datastream.connectors.number_seq import NumberSequenceSource\n"
        + "from pyflink.datastream.state import *\n"
        + classes
        + "class T:"
        + types
        + """
RULES = MapStateDescriptor("rules", Types.STRING(), T.of_rule)
def elements(name, ttl):
    descriptor = ListStateDescriptor(name, T.element)
    if ttl:
        descriptor.enable_time_to_live(StateTtlConfig.new_builder(Time.hours(1)).build())
    return descriptor
class All(KeyedBroadcastProcessFunction):
    def open(self, context):
        self.value = context.get_state(ValueStateDescriptor("value", T.value))
        self.list = context.get_list_state(ListStateDescriptor("list", T.element))
        self.map = context.get_map_state(MapStateDescriptor("map", Types.STRING(), T.of_map))
        self.row = context.get_state(ValueStateDescriptor("row", T.row))
        self.any = context.get_state(ValueStateDescriptor("any", None))
        ttls = {"always": True, "later": T.ttl, "before": not T.ttl}
        self.lists = [context.get_list_state(elements(*one)) for one in ttls.items()]
    def process_element(self, value, ctx):
        time.sleep(0.001)
        if self.value.value() is None:
            yield "fresh"
            self.value.update(-7)
            self.list.add_all([1, -2])
            for n, with_ttl in enumerate(self.lists):
                with_ttl.add_all([n, -9])
            self.map.put("half", 0.5)
            self.row.update(Row(*[3, "new"][:len(T.row.get_field_types())]))
            self.any.update(Kept(9))
        elif sys.argv[1] == "second":
            rules = dict(ctx.get_broadcast_state(RULES).items())
            row = self.row.value()
            kept = *map(list, self.lists), self.map.get("half"), row.as_dict(), self.any.value().n
            yield repr((self.value.value(), list(self.list), *kept, rules))
            if T.value == Types.LONG():
                self.value.update(2**40)
            sys.argv[1] = "third"
    def process_broadcast_element(self, value, ctx):
        ctx.get_broadcast_state(RULES).put("r", value)
numbers = env.from_source(NumberSequenceSource(0, 10**9), WatermarkStrategy.no_watermarks(), "numbers")
rules = env.from_collection([4] if sys.argv[1] == "first" else [], T.of_rule).broadcast(RULES)
numbers.key_by(lambda n: 1, T.key).connect(rules).process(All(), Types.STRING()).uid("all").name("All").print()
env.execute("evolving")
"""
    )


class Lives:
    """Runs of a job with checkpoints in one place."""

    def __init__(self, scripts: Scripts, backend: str) -> None:
        self._scripts = scripts
        self._options = [
            "-Dexecution.checkpointing.interval=100 ms",
            f"-Dexecution.checkpointing.dir=file://{scripts.folder}/checkpoints",
            f"-Dstate.backend.type={backend}",
            *("-s", "latest"),
        ]

    def run(self, script: str, life: str) -> Outcome:
        """A life that is ended after a checkpoint or two, unless it ends by itself."""
        self._scripts.write(script)
        started = self._scripts.start("run", *self._options, "job.py", life)
        started.wait_for(r"Completed checkpoint \d+ (?s:.*)Completed checkpoint \d+ ")
        return started.signal(signal.SIGTERM)

    def refused(self, script: str) -> str:
        """What is said by a life that cannot begin."""
        self._scripts.write(script)
        return self._scripts.run("run", *self._options, "job.py", "second", timeout=30).failed()


@pytest.fixture(params=["hashmap", "rocksdb"])
def lives(scripts: Scripts, request: pytest.FixtureRequest) -> Lives:
    """A job that has run once with the types of BEFORE."""
    begun = Lives(scripts, request.param)
    assert "fresh" in begun.run(job(BEFORE), "first").out
    return begun


def test_compatible_types_follow(lives: Lives) -> None:
    second = lives.run(job(AFTER), "second").out
    assert second.split("\n")[0] == "(-7, [1, -2], [0, -9], [1, -9], [2, -9], 0.5, {'a': 3, 'b': None}, 9, {'r': 4})"
    assert str(2**40) in lives.run(job(AFTER), "second").out, "the new type is the one of the next checkpoint"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (
            "value, element, of_map, of_rule = Types.INT()",
            "value, element, of_map, of_rule = Types.STRING()",
            "'value'",
        ),
        ('["a"], [Types.INT()]', '["b"], [Types.INT()]', "'row'"),
        ("Types.FLOAT(), Types.INT()", "Types.FLOAT(), Types.STRING()", "'rules'"),
        ("key = Types.INT()", "key = Types.LONG()", "the key of operator"),
    ],
)
def test_incompatible_types_are_named(scripts: Scripts, old: str, new: str, named: str) -> None:
    lives = Lives(scripts, "hashmap")
    lives.run(job(BEFORE), "first")
    error = lives.refused(job(BEFORE.replace(old, new)))
    assert named in error and "operator 'All'" in error, error
    assert "in the checkpoint and is declared as" in error


def test_a_changed_class_loads_if_its_pickle_does(scripts: Scripts) -> None:
    lives = Lives(scripts, "hashmap")
    lives.run(job(BEFORE), "first")
    changed = "class Kept:\n    more = 1\n    def __init__(self, n, m):\n        self.m = m\n"
    assert "9, {'r': 4})" in lives.run(job(BEFORE, changed), "second").out
    error = lives.refused(job(BEFORE, "Other = Kept = lambda n: n\ndel Kept\n"))
    assert "state 'any' of operator 'All' cannot be read" in error
    assert "a pickle of __main__.Kept does not load: AttributeError" in error
