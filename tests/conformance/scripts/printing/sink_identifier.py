# print(identifier) puts the identifier in front of each record; with parallelism 2 the subtask follows it.
# order: free
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection(["a", "b"], type_info=Types.STRING()).print("one")
    env.execute()
    env.set_parallelism(2)
    env.from_collection(["c"], type_info=Types.STRING()).broadcast().print("two")
    env.execute()
    env.from_collection(["d"], type_info=Types.STRING()).broadcast().print()
    env.execute()


if __name__ == "__main__":
    main()
