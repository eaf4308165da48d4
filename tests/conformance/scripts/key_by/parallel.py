# With parallelism 2 every record of a key reaches the same subtask.
# order: free
# prefix: any
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    kind = Types.TUPLE([Types.STRING(), Types.INT()])
    (
        env.from_collection([(f"key-{number % 5}", 1) for number in range(20)], type_info=kind)
        .key_by(lambda pair: pair[0], key_type=Types.STRING())
        .reduce(lambda left, right: (left[0], left[1] + right[1]))
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
