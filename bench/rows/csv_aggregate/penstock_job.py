"""Sums an amount by city over a CSV file: a keyed function with a ValueState."""

import sys
from collections.abc import Iterator

from pyflink.common import Row, Types, WatermarkStrategy
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSource
from pyflink.datastream.formats.csv import CsvReaderFormat, CsvSchema
from pyflink.datastream.state import ValueStateDescriptor

from penstock.testing import DiscardingSink


class SumOfCity(KeyedProcessFunction):
    def open(self, runtime_context: RuntimeContext) -> None:
        self.sum = runtime_context.get_state(ValueStateDescriptor("sum", Types.LONG()))

    def process_element(self, value: Row, ctx: KeyedProcessFunction.Context) -> Iterator[int]:
        self.sum.update((self.sum.value() or 0) + value[2])
        yield from ()


def main(n: int, path: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    columns = CsvSchema.builder().add_number_column("id").add_string_column("city").add_number_column("amount")
    rest = columns.add_string_column("name").add_string_column("email").add_string_column("comment")
    format = CsvReaderFormat.for_schema(rest.build())
    source = FileSource.for_record_stream_format(format, path).build()
    orders = env.from_source(source, WatermarkStrategy.no_watermarks(), "orders")
    sums = orders.key_by(lambda order: order[1], key_type=Types.STRING()).process(SumOfCity(), output_type=Types.LONG())
    sums.sink_to(DiscardingSink())
    env.execute("csv_aggregate")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
