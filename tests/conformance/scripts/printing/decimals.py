# BIG_DEC keeps the scale and is printed as Java's BigDecimal prints.
from decimal import Decimal

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment

DECIMALS = ["1.10", "0", "-0.00", "1E+3", "1E-6", "1E-7", "0.00000012", "123456789012345678901234567890.5", "-7.500"]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection(DECIMALS).map(Decimal, output_type=Types.BIG_DEC()).print()
    env.execute()


if __name__ == "__main__":
    main()
