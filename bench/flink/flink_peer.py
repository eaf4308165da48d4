"""What a job of the rows needs to run on PyFlink as a peer: its settings, and a sink that drops everything."""

from __future__ import annotations

import sys

from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.base import Sink
from pyflink.java_gateway import get_gateway


def environment(mode: str, *options: str) -> StreamExecutionEnvironment:
    """An environment in `python.execution-mode` thread or process; options are further settings, `key=value`.

    In process mode a job on a local mini-cluster runs its functions in the client's process: what `python job.py` does
    unless told otherwise.
    """
    configuration = Configuration()
    settings = [f"python.execution-mode={mode}", f"python.executable={sys.executable}"]
    for setting in [*settings, f"python.client.executable={sys.executable}", *options]:
        key, _, value = setting.partition("=")
        configuration.set_string(key, value)
    return StreamExecutionEnvironment.get_execution_environment(configuration)


def DiscardingSink() -> Sink:
    """Flink's own sink that drops what it gets, in the place of Penstock's class of this name.

    It is Java, so that no Python is called at the end of the job.
    """
    flink = get_gateway().jvm.org.apache.flink
    return Sink(flink.streaming.api.functions.sink.v2.DiscardingSink())
