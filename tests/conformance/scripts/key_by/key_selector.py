# A KeySelector class, a key function that returns the record, and the key seen by get_current_key.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, KeySelector, StreamExecutionEnvironment


class FirstLetter(KeySelector):
    def get_key(self, value):
        return value[0]


class ShowKey(KeyedProcessFunction):
    def process_element(self, value, ctx):
        yield f"{value} under {ctx.get_current_key()!r}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    words = env.from_collection(["apple", "bean", "avocado"], type_info=Types.STRING())
    words.key_by(FirstLetter(), key_type=Types.STRING()).process(ShowKey(), output_type=Types.STRING()).print("case 1")
    words.key_by(len).process(ShowKey(), output_type=Types.STRING()).print("case 2")
    words.key_by(lambda word: (word[0], len(word))).process(ShowKey(), output_type=Types.STRING()).print("case 3")
    words.key_by(lambda word: len(word) / 2, key_type=Types.FLOAT()).process(ShowKey(), Types.STRING()).print("case 4")
    env.execute()


if __name__ == "__main__":
    main()
