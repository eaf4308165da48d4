# A collection of more records than any batch holds, in order.
from pyflink.common import Types
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


class InOrder(MapFunction):
    def __init__(self):
        self.next = 0

    def map(self, value):
        assert value == self.next, (value, self.next)
        self.next += 1
        return value


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection(range(20_000), type_info=Types.INT())
    numbers.map(InOrder(), output_type=Types.INT()).filter(lambda number: number % 4_000 == 0).print()
    env.execute()


if __name__ == "__main__":
    main()
