"""Reads an Avro file into dicts, each of which a function sees."""

import sys

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.formats.avro import AvroInputFormat, AvroSchema

from penstock.testing import DiscardingSink


def main(n: int, path: str, schema: str) -> None:
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    records = env.create_input(AvroInputFormat(path, AvroSchema.parse_string(schema)))
    records.filter(lambda record: False).map(len, output_type=Types.INT()).sink_to(DiscardingSink())
    env.execute("avro_objects")


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
