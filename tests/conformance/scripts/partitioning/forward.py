# forward keeps a record in its subtask; between different parallelisms it is refused when the job is submitted.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2], type_info=Types.INT())
    numbers.forward().map(lambda number: number + 1, output_type=Types.INT()).print()
    env.execute()
    numbers.forward().map(lambda number: number + 1, output_type=Types.INT()).set_parallelism(2).print()
    try:
        env.execute()
    except Exception:
        print("refused")


if __name__ == "__main__":
    main()
