# map takes a lambda, a function, a callable object, a builtin and a MapFunction alike.
from pyflink.common import Types
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


def double(value):
    return value * 2


class Plus(MapFunction):
    def __init__(self, amount):
        self.amount = amount

    def map(self, value):
        return value + self.amount


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    (
        env.from_collection([1, 2, 3], type_info=Types.LONG())
        .map(lambda value: value + 1)
        .map(double, output_type=Types.LONG())
        .map(Plus(100), output_type=Types.LONG())
        .map(str, output_type=Types.STRING())
        .map(len)
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
