# A generator without end is not run ahead of what follows it: an exception downstream of a record stops it there.
from pyflink.datastream import StreamExecutionEnvironment


def numbers(_):
    for number in range(1_000_000):
        print("produced", number)
        yield number


def stop_at_three(number):
    if number == 3:
        raise ValueError("three")
    return number


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([0]).flat_map(numbers).map(stop_at_three).filter(lambda _: False).print()
    try:
        env.execute()
    except Exception as error:
        print("failed:", "ValueError: three" in str(error))


if __name__ == "__main__":
    main()
