"""Penstock runs PyFlink job scripts on a Rust engine. Module paths are PyFlink's: `penstock.datastream` …

from penstock.datastream import StreamExecutionEnvironment

env = StreamExecutionEnvironment.get_execution_environment()
env.from_collection([1, 2, 3]).map(lambda n: n * 2).print()
env.execute()
"""

from penstock.version import __version__

__all__ = ["__version__"]
