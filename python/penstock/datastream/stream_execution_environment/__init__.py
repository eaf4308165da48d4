"""Where a script begins: it makes streams, and runs the job that they make up."""

from penstock.datastream.stream_execution_environment.environment import StreamExecutionEnvironment

__all__ = ["StreamExecutionEnvironment"]
