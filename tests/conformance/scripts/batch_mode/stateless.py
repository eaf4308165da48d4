# Operators without keys give the same in batch mode as in streaming mode.
# order: free
from pyflink.common import Types
from pyflink.datastream import RuntimeExecutionMode, StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    words = env.from_collection(["to be", "or not"], type_info=Types.STRING())
    words.flat_map(str.split, output_type=Types.STRING()).map(str.upper, output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
