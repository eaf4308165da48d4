# In batch mode a keyed reduce, sum, min or max emits the final value of each key alone.
# order: free
from pyflink.common import Types
from pyflink.datastream import RuntimeExecutionMode, StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    kind = Types.TUPLE([Types.STRING(), Types.INT()])
    keyed = env.from_collection([("a", 1), ("b", 5), ("a", 3), ("c", 7), ("b", 4)], type_info=kind).key_by(
        lambda pair: pair[0], key_type=Types.STRING()
    )
    keyed.reduce(lambda left, right: (left[0], left[1] * right[1])).print("reduce")
    keyed.sum(1).print("sum")
    keyed.min(1).print("min")
    keyed.max_by(1).print("max_by")
    env.execute()


if __name__ == "__main__":
    main()
