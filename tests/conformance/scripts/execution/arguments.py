# The arguments after the script's name reach it.
# args: --greeting hello -n 2
import argparse

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--greeting")
    parser.add_argument("-n", type=int)
    arguments = parser.parse_args()
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    words = env.from_collection([arguments.greeting] * arguments.n, type_info=Types.STRING())
    words.print()
    env.execute()


if __name__ == "__main__":
    main()
