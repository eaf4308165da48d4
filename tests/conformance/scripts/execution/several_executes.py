# Several jobs in one script: each execute runs what was added since the one before.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2], type_info=Types.INT())
    numbers.print()
    env.execute("first")
    print("between")
    numbers.map(lambda number: number * 10, output_type=Types.INT()).print()
    env.execute("second")
    try:
        env.execute("nothing to do")
    except Exception:
        print("refused without operators")


if __name__ == "__main__":
    main()
