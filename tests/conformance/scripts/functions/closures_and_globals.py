# Functions see the globals, closures and default arguments of the script as they are when the job is built.
from pyflink.datastream import StreamExecutionEnvironment

FACTOR = 10


def scale(value):
    return value * FACTOR


def make_adder(amount):
    def add(value, extra=1):
        return value + amount + extra

    return add


def main():
    global FACTOR
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    FACTOR = 100
    env.from_collection([1, 2]).map(scale).map(make_adder(5)).print()
    env.execute()


if __name__ == "__main__":
    main()
