# Doubles are printed in Java notation: when an exponent is used, and how many digits.
import math

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment

VALUES = [
    0.0, -0.0, 1.0, 100.0, 0.1, 1 / 3, 2e-3, 1e-3, 9.99e-4, 1.5e-5, 9999999.0, 1e7, 1.0e10, 123456789.123, 1e21,
    1e22, 2.0**53, 2.0e-323, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 4.35, 1.1 + 2.2, 1e23,
    math.pi, math.nan, math.inf, -math.inf,
]  # fmt: skip


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection(VALUES).map(lambda value: value, output_type=Types.DOUBLE()).print()
    env.execute()


if __name__ == "__main__":
    main()
