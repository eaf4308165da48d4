# INSTANT is printed in ISO notation with as many groups of three digits as it needs.
from pyflink.common import Types
from pyflink.common.time import Instant
from pyflink.datastream import StreamExecutionEnvironment

INSTANTS = [(0, 0), (1234567890, 123000000), (1, 1000), (1, 123456789), (-1, 5), (1700000000, 100000000)]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection(INSTANTS).map(lambda pair: Instant(*pair), output_type=Types.INSTANT()).print()
    env.execute()


if __name__ == "__main__":
    main()
