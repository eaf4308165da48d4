# filter by a lambda, by truthiness, and by a FilterFunction; the type of the stream stays.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import FilterFunction, StreamExecutionEnvironment


class Above(FilterFunction):
    def __init__(self, limit):
        self.limit = limit

    def filter(self, value):
        return value > self.limit


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([0.0, 1.5, 1e10, 3.0], type_info=Types.DOUBLE())
    numbers.filter(lambda value: value != 1.5).print("case 1")
    numbers.filter(lambda value: value).print("case 2")
    numbers.filter(Above(1.5)).print("case 3")
    env.execute()


if __name__ == "__main__":
    main()
