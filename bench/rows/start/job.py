"""Ten elements, printed. The same script on both sides."""

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main() -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection(list(range(10)), Types.LONG()).map(lambda x: x * x, Types.LONG()).print()
    env.execute("start")


if __name__ == "__main__":
    main()
