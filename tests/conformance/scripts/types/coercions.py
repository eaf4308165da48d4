# What a declared type makes of a value of a neighbouring Python type.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    kind = Types.TUPLE([Types.INT(), Types.LONG(), Types.DOUBLE(), Types.FLOAT()])
    env.from_collection([0]).map(lambda _: (True, False, 1, 3), output_type=kind).print()
    env.execute()


if __name__ == "__main__":
    main()
