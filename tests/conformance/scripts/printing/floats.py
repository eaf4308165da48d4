# A FLOAT keeps 32 bits and is printed with the digits those need.
import math

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment

VALUES = [0.0, -0.0, 1.0, 0.1, 1 / 3, 123456.789, 16777217.0, 1e7, 1e10, 3.4028235e38, 1e-3, 9.99e-4, 1.4e-45, math.nan,
          math.inf, -math.inf, 33554432.0, 1.1754944e-38]  # fmt: skip


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection(VALUES).map(lambda value: value, output_type=Types.FLOAT()).print()
    env.execute()


if __name__ == "__main__":
    main()
