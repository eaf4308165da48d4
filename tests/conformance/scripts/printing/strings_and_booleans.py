# Strings are printed as they are, without quotes; booleans in lower case.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    words = ["a", "", " blank ", "grün", "日本", "😀", "tab\there", "two\nlines", 'quote\'s "double"', "null", "\\n"]
    env.from_collection(words).map(lambda word: word, output_type=Types.STRING()).print()
    env.execute()
    env.from_collection([True, False]).map(lambda value: value, output_type=Types.BOOLEAN()).print()
    env.execute()


if __name__ == "__main__":
    main()
