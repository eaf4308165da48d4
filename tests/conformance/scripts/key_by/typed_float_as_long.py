# A float given as a key that is declared to be LONG.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2], type_info=Types.INT())
    numbers.key_by(lambda number: number / 2, key_type=Types.LONG()).sum().print()
    try:
        env.execute()
    except Exception:
        print("refused")


if __name__ == "__main__":
    main()
