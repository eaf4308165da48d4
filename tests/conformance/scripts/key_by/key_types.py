# The key a function sees has passed through the declared key type.
# order: per-sink
from datetime import date
from decimal import Decimal

from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment

CASES = [
    (Types.INT(), lambda number: number % 2),
    (Types.STRING(), lambda number: "odd" if number % 2 else "even"),
    (Types.BOOLEAN(), lambda number: number % 2 == 0),
    (Types.DOUBLE(), lambda number: number % 2),
    (Types.TUPLE([Types.INT(), Types.STRING()]), lambda number: (number % 2, "k")),
    (Types.ROW([Types.INT(), Types.STRING()]), lambda number: Row(number % 2, "k")),
    (Types.SQL_DATE(), lambda number: date(2024, 1, 1 + number % 2)),
    (Types.BIG_DEC(), lambda number: Decimal(number % 2)),
    (Types.LIST(Types.INT()), lambda number: [number % 2]),
    (None, lambda number: {"k": number % 2}),
]


class Count(KeyedProcessFunction):
    def open(self, runtime_context):
        from pyflink.datastream.state import ValueStateDescriptor

        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.INT()))

    def process_element(self, value, ctx):
        self.count.update((self.count.value() or 0) + 1)
        yield f"{value}: {ctx.get_current_key()!r} {self.count.value()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 3], type_info=Types.INT())
    for key_type, selector in CASES:
        numbers.key_by(selector, key_type=key_type).process(Count(), output_type=Types.STRING()).print(str(key_type))
    env.execute()


if __name__ == "__main__":
    main()
