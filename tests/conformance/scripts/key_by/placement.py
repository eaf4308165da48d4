# Typed keys are placed on subtasks by Flink's hash: the subtask in front of each record is compared.
# order: free
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(4)
    words = [f"word{number}" for number in range(24)]
    strings = env.from_collection(words, type_info=Types.STRING()).key_by(lambda word: word, key_type=Types.STRING())
    strings.map(lambda word: word, output_type=Types.STRING()).print()
    env.execute()
    numbers = env.from_collection(range(-12, 12), type_info=Types.INT()).key_by(lambda value: value, Types.INT())
    numbers.map(lambda value: value, output_type=Types.INT()).print()
    env.execute()
    longs = env.from_collection([2**33 * value for value in range(12)], type_info=Types.LONG())
    longs.key_by(lambda value: value, Types.LONG()).map(lambda value: value, output_type=Types.LONG()).print()
    env.execute()


if __name__ == "__main__":
    main()
