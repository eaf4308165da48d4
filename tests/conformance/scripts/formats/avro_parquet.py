# Parquet files with schemas of Avro: records written by a bulk writer and read as generic records.
# jars: flink-sql-parquet flink-sql-avro flink-shaded-hadoop-2-uber
# order: free
import json
import tempfile

from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, FileSource
from pyflink.datastream.formats.avro import AvroSchema, GenericRecordAvroTypeInfo
from pyflink.datastream.formats.parquet import AvroParquetReaders, AvroParquetWriters

SCHEMA = {
    "type": "record",
    "name": "Order",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "ratio", "type": "double"},
        {"name": "paid", "type": "boolean"},
        {"name": "name", "type": ["null", "string"]},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "inner", "type": {"type": "record", "name": "Inner", "fields": [{"name": "n", "type": "int"}]}},
    ],
}
RECORDS = [
    {"id": 1, "ratio": 0.1, "paid": True, "name": "grün", "tags": ["x", ""], "inner": {"n": 1}},
    {"id": -1, "ratio": -2.5, "paid": False, "name": None, "tags": ["y"], "inner": {"n": 2}},
]


def main():
    folder = tempfile.mkdtemp()
    schema = AvroSchema.parse_string(json.dumps(SCHEMA))
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    records = env.from_collection(RECORDS)
    sink = FileSink.for_bulk_format(folder, AvroParquetWriters.for_generic_record(schema)).build()
    records.map(lambda record: record, output_type=GenericRecordAvroTypeInfo(schema)).sink_to(sink)
    env.execute()

    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    source = FileSource.for_record_stream_format(AvroParquetReaders.for_generic_record(schema), folder).build()
    read = env.from_source(source, WatermarkStrategy.no_watermarks(), "records")
    read.map(lambda record: f"{type(record).__name__} {dict(record)!r}", output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
