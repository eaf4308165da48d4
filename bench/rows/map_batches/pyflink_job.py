"""Arithmetic with pandas on the numbers 1 to n, on PyFlink, whose DataStream API has no batches: n, execution mode."""

import sys

from flink_peer import environment
from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.table import DataTypes, Schema, StreamTableEnvironment, TableDescriptor
from pyflink.table.expressions import col
from pyflink.table.udf import udf


def main(n: int, *settings: str) -> None:
    env = environment(*settings)
    env.set_parallelism(1)
    tables = StreamTableEnvironment.create(env)
    numbers = env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    scale = udf(lambda x: x * 0.5 + 1.0, result_type=DataTypes.DOUBLE(), func_type="pandas")
    scaled = tables.from_data_stream(numbers).alias("x").select(scale(col("x")).alias("y"))
    schema = Schema.new_builder().column("y", DataTypes.DOUBLE()).build()
    scaled.execute_insert(TableDescriptor.for_connector("blackhole").schema(schema).build()).wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
