# In batch mode keys come in the order of their bytes, which are signed: -1 before -200 before 0; short texts before long.
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, RuntimeExecutionMode, StreamExecutionEnvironment


class Show(KeyedProcessFunction):
    def process_element(self, value, ctx):
        yield f"{ctx.get_current_key()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    numbers = env.from_collection([300, -1, 5, 0, -200, 7, 70000, 200], type_info=Types.INT())
    numbers.key_by(lambda n: n, Types.INT()).process(Show(), output_type=Types.STRING()).print("int")
    env.execute()
    numbers = env.from_collection([300, -1, 5, 0, -200, 7, 2**40], type_info=Types.LONG())
    numbers.key_by(lambda n: n, Types.LONG()).process(Show(), output_type=Types.STRING()).print("long")
    env.execute()
    words = env.from_collection(["pear", "fig", "apple", "kiwi", "", "zebra", "a"], type_info=Types.STRING())
    words.key_by(lambda word: word, Types.STRING()).process(Show(), output_type=Types.STRING()).print("text")
    env.execute()
    flags = env.from_collection([True, False, True], type_info=Types.BOOLEAN())
    flags.key_by(lambda flag: flag, Types.BOOLEAN()).process(Show(), output_type=Types.STRING()).print("flag")
    env.execute()


if __name__ == "__main__":
    main()
