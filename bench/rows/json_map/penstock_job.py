"""A map that parses a JSON text of about 100 bytes, changes it and dumps it, for each of the numbers 1 to n."""

import json
import sys

from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource

from penstock.testing import DiscardingSink

TEXTS = [
    json.dumps({"id": n, "user": f"u-{n:06d}", "amount": n * 1.25, "currency": "EUR", "items": [n, n + 1], "ok": True})
    for n in range(1000)
]


def change(n: int) -> str:
    order = json.loads(TEXTS[n % 1000])
    order["amount"] *= 2
    return json.dumps(order)


def main(n: int) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_source(NumberSequenceSource(1, n), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    numbers.map(change, Types.STRING()).sink_to(DiscardingSink())
    env.execute("json_map")


if __name__ == "__main__":
    main(int(sys.argv[1]))
