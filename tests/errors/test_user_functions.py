"""Errors in user functions: the user's traceback first, then operator, subtask and record."""

from __future__ import annotations

import re

from job_scripts import Scripts

MALFORMED = """
import json
def parse(text):
    return json.loads(text)["user"]
env.from_collection(['{"user": 1}', 'no json', '{"user": 3}'], Types.STRING()).map(parse).print()
env.execute()
"""


def test_a_malformed_record(scripts: Scripts) -> None:
    outcome = scripts.job(MALFORMED)
    said = outcome.failed()
    error = said[said.index("Traceback") :]
    assert re.search(r'File "job.py", line 7, in parse\n\s+return json.loads\(text\)\["user"\]', error)
    assert "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)" in error
    assert re.search(r"in operator 'Map', subtask 1/1\n\s+while processing the record 'no json'", error)
    assert outcome.out == "1\n"


def test_frames_of_the_package_are_left_out(scripts: Scripts) -> None:
    said = scripts.job(MALFORMED).failed()
    assert not re.search(r'File ".*penstock', said)


def test_a_long_record_is_cut(scripts: Scripts) -> None:
    said = scripts.job("""
        env.from_collection(["x" * 5000]).map(lambda text: int(text)).print()
        env.execute()
    """).failed()
    shown = re.search(r"while processing the record ('x+…)\n", said)
    assert shown and len(shown[1]) == 1024 + 1


def test_a_record_that_cannot_be_shown(scripts: Scripts) -> None:
    said = scripts.job("""
        class Shy:
            def __repr__(self):
                raise RuntimeError("no")
        env.from_collection([1]).map(lambda n: Shy()).map(lambda shy: shy.missing).print()
        env.execute()
    """).failed()
    assert "AttributeError: 'Shy' object has no attribute 'missing'" in said
    assert "repr failed: RuntimeError: no" in said


def test_the_subtask_of_several_is_named(scripts: Scripts) -> None:
    said = scripts.job("""
        def fail(n):
            raise ValueError("no")
        env.from_collection([1, 2]).rebalance().map(fail).set_parallelism(3).name("checker").print()
        env.execute()
    """).failed()
    assert re.search(r"in operator 'checker', subtask [123]/3\n\s+while processing the record [12]\n", said)


def test_an_error_in_open(scripts: Scripts) -> None:
    said = scripts.job("""
        class Opens(MapFunction):
            def open(self, runtime_context):
                raise ConnectionError("the model server is away")
            def map(self, value):
                return value
        env.from_collection([1]).map(Opens()).name("model").print()
        env.execute()
    """).failed()
    assert re.search(r'File "job.py", line 7, in open', said)
    assert "ConnectionError: the model server is away" in said
    assert "in operator 'model', subtask 1/1" in said


def test_an_error_in_a_timer(scripts: Scripts) -> None:
    said = scripts.job("""
        class Late(KeyedProcessFunction):
            def process_element(self, value, ctx):
                ctx.timer_service().register_event_time_timer(0)
            def on_timer(self, timestamp, ctx):
                raise LookupError("nothing at " + str(timestamp))
        env.from_collection([1]).key_by(lambda n: n).process(Late()).print()
        env.execute()
    """).failed()
    assert "LookupError: nothing at 0" in said
    assert "in operator 'KEYED PROCESS'" in said


def test_an_error_of_a_key_selector(scripts: Scripts) -> None:
    said = scripts.job("""
        env.from_collection([{"a": 1}]).key_by(lambda row: row["b"]).map(str).print()
        env.execute()
    """).failed()
    assert "KeyError: 'b'" in said
    assert "while processing the record {'a': 1}" in said


def test_a_value_that_does_not_fit_its_type(scripts: Scripts) -> None:
    said = scripts.job("""
        def enrich(n):
            return Row(n, "seven")
        kind = Types.ROW_NAMED(["id", "score"], [Types.LONG(), Types.DOUBLE()])
        env.from_collection([7], Types.LONG()).map(enrich, output_type=kind).name("enrich").print()
        env.execute()
    """).failed()
    assert "field 'score' is str, expected" in said, said
    assert "'seven'" in said, "the value is named"
    assert "in operator 'enrich'" in said
    assert "enrich" in said.split("does not fit")[0], "the function is named"


def test_a_state_value_that_does_not_fit_its_type(scripts: Scripts) -> None:
    said = scripts.job("""
        from pyflink.datastream.state import ValueStateDescriptor
        class Counts(KeyedProcessFunction):
            def open(self, runtime_context):
                self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))
            def process_element(self, value, ctx):
                self.count.update("one")
        env.from_collection([1]).key_by(lambda n: n).process(Counts()).print()
        env.execute()
    """).failed()
    assert re.search(r'File "job.py", line 10, in process_element\n\s+self.count.update\("one"\)', said)
    assert "count" in said and "'one'" in said and "str" in said


def test_a_collection_that_does_not_fit_its_type(scripts: Scripts) -> None:
    said = scripts.job("""
        env.from_collection([1, "two"], Types.INT()).print()
        env.execute()
    """).failed()
    assert "line 5" in said and "'two'" in said


def test_a_lambda_that_cannot_be_pickled(scripts: Scripts) -> None:
    outcome = scripts.job("""
        import threading
        lock = threading.Lock()
        env.from_collection([1]).print()
        env.from_collection([1]).map(lambda n: (lock, n)).print()
        env.execute()
    """)
    said = outcome.failed()
    assert re.search(r"job.py:8: .*<lambda>", said)
    assert "variable 'lock' is a _thread.lock, which cannot be pickled" in said
    assert "open()" in said, "it says what to do"
    assert outcome.out == ""


def test_an_object_whose_attribute_cannot_be_pickled(scripts: Scripts) -> None:
    said = scripts.job("""
        import socket
        class Asks(MapFunction):
            def __init__(self):
                self.socket = socket.socket()
            def map(self, value):
                return self.socket.recv(1)
        env.from_collection([1]).map(Asks()).print()
        env.execute()
    """).failed()
    assert "its attribute 'socket' is a socket.socket, which cannot be pickled" in said and "job.py:11" in said


def test_the_same_error_after_a_restart_is_shown_once(scripts: Scripts) -> None:
    said = scripts.job(
        """
        def fail(n):
            raise ValueError("always")
        env.from_collection([1]).map(fail).print()
        env.execute()
        """,
        *("-D", "restart-strategy.type=fixed-delay"),
        *("-D", "restart-strategy.fixed-delay.attempts=3"),
        *("-D", "restart-strategy.fixed-delay.delay=10 ms"),
    ).failed()
    logged, _, shown = said.rpartition("Traceback (most recent call last)")
    assert said.count("Traceback (most recent call last)") == 2, "once in the log, once as the error of the job"
    assert logged.count("ValueError: always") == 1
    assert re.findall(r"restart (\d), same error", said) == ["2", "3"]
    assert "in operator 'Map'" in shown


def test_an_error_that_was_raised_from_another(scripts: Scripts) -> None:
    said = scripts.job("""
        def fail(n):
            try:
                return {}[n]
            except KeyError as error:
                raise ValueError("unknown number") from error
        env.from_collection([1]).map(fail).print()
        env.execute()
    """).failed()
    assert said.index("KeyError: 1") < said.index("direct cause") < said.index("ValueError: unknown number")


def test_the_script_can_catch_the_error(scripts: Scripts) -> None:
    out = scripts.job("""
        from pyflink.util.exceptions import JavaException
        env.from_collection([0]).map(lambda n: 1 // n).print()
        try:
            env.execute()
        except Exception as error:
            print(type(error).__name__, isinstance(error, JavaException), "ZeroDivisionError" in str(error))
    """).succeeded()
    assert out == "JobExecutionException True True\n"


def test_keyed_state_where_there_is_no_key(scripts: Scripts) -> None:
    said = scripts.job("""
        from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor
        class Rules(KeyedBroadcastProcessFunction):
            def open(self, context):
                self.count = context.get_state(ValueStateDescriptor("count", Types.INT()))
            def process_element(self, value, ctx):
                self.count.update(1)
                yield value
            def process_broadcast_element(self, rule, ctx):
                self.count.value()
        rules = env.from_collection([7], type_info=Types.INT())
        rules = rules.broadcast(MapStateDescriptor("rules", Types.INT(), Types.INT()))
        numbers = env.from_collection(list(range(1000)), type_info=Types.INT())
        numbers.key_by(lambda n: n % 2, key_type=Types.INT()).connect(rules).process(Rules()).print()
        env.execute()
    """).failed()
    assert "self.count.value()" in said, "the user's line"
    assert "keyed state can be used only within process_element and on_timer, where there is a current key" in said
