# Avro files: records written by a bulk writer and read as generic records. PyFlink loses what comes behind a list, so that
# the list is last.
# jars: flink-sql-avro
# order: free
import json
import tempfile

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import BucketAssigner, FileSink
from pyflink.datastream.formats.avro import AvroBulkWriters, AvroInputFormat, AvroSchema, GenericRecordAvroTypeInfo

SCHEMA = {
    "type": "record",
    "name": "Order",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "small", "type": "int"},
        {"name": "ratio", "type": "double"},
        {"name": "share", "type": "float"},
        {"name": "paid", "type": "boolean"},
        {"name": "name", "type": ["null", "string"]},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
        {"name": "mark", "type": {"type": "fixed", "name": "Mark", "size": 2}},
        {"name": "inner", "type": {"type": "record", "name": "Inner", "fields": [{"name": "n", "type": "int"}]}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
    ],
}
RECORDS = [
    {
        "id": -(2**63),
        "small": 2**31 - 1,
        "ratio": 0.1,
        "share": 1.5,
        "paid": True,
        "name": "grün",
        "kind": "B",
        "mark": b"\x00\xff",
        "inner": {"n": 1},
        "tags": ["x", ""],
    },
    {
        "id": 2**63 - 1,
        "small": -1,
        "ratio": float("inf"),
        "share": -0.25,
        "paid": False,
        "name": None,
        "kind": "A",
        "mark": b"ab",
        "inner": {"n": 2},
        "tags": [],
    },
]


def main():
    folder = tempfile.mkdtemp()
    schema = AvroSchema.parse_string(json.dumps(SCHEMA))
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    records = env.from_collection(RECORDS)
    sink = FileSink.for_bulk_format(folder, AvroBulkWriters.for_generic_record(schema))
    sink = sink.with_bucket_assigner(BucketAssigner.base_path_bucket_assigner()).build()
    records.map(lambda record: record, output_type=GenericRecordAvroTypeInfo(schema)).sink_to(sink)
    env.execute()

    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    for line in ("whole", "again"):
        read = env.create_input(AvroInputFormat(folder, schema))
        read.map(lambda record: f"{type(record).__name__} {dict(record)!r}", output_type=Types.STRING()).print(line)
    env.execute()


if __name__ == "__main__":
    main()
