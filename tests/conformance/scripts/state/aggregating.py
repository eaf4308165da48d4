# AggregatingState: its accumulator, its result, and None before the first value.
from pyflink.common import Types
from pyflink.datastream import AggregateFunction, KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import AggregatingStateDescriptor


class Average(AggregateFunction):
    def create_accumulator(self):
        return 0, 0

    def add(self, value, accumulator):
        return accumulator[0] + value, accumulator[1] + 1

    def get_result(self, accumulator):
        return accumulator[0] / accumulator[1]

    def merge(self, acc_a, acc_b):
        return acc_a[0] + acc_b[0], acc_a[1] + acc_b[1]


class Averages(KeyedProcessFunction):
    def open(self, runtime_context):
        self.average = runtime_context.get_aggregating_state(
            AggregatingStateDescriptor("average", Average(), Types.TUPLE([Types.LONG(), Types.LONG()]))
        )

    def process_element(self, value, ctx):
        before = self.average.get()
        self.average.add(value)
        yield f"{ctx.get_current_key()} {before} {self.average.get()}"
        if value == 100:
            self.average.clear()


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 3, 100, 5, 6], type_info=Types.INT())
    numbers.key_by(lambda number: number % 2).process(Averages(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
