# A keyed reduce emits after every record, the first of a key unchanged.
from pyflink.common import Types
from pyflink.datastream import ReduceFunction, StreamExecutionEnvironment


class Joined(ReduceFunction):
    def reduce(self, value1, value2):
        return value1[0], value1[1] + value2[1], value1[2] + value2[2]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    kind = Types.TUPLE([Types.STRING(), Types.STRING(), Types.DOUBLE()])
    (
        env.from_collection([("a", "x", 1.0), ("b", "y", 2.0), ("a", "z", 0.5), ("b", "w", 0.25)], type_info=kind)
        .key_by(lambda record: record[0])
        .reduce(Joined())
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
