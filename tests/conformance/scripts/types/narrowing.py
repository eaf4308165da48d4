# A float given for an INT and a number given for a BOOLEAN.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment

CASES = [(Types.INT(), 2.0), (Types.LONG(), 1.5), (Types.BOOLEAN(), 1)]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    for kind, value in CASES:
        env.from_collection([0]).map(lambda _, value=value: value, output_type=kind).print()
        try:
            env.execute()
        except Exception:
            print("refused")


if __name__ == "__main__":
    main()
