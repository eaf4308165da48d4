# CSV columns of every type: what numbers, booleans, decimals and arrays may look like.
import tempfile
from pathlib import Path

from pyflink.common import WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSource
from pyflink.datastream.formats.csv import CsvReaderFormat, CsvSchema
from pyflink.table import DataTypes

SCHEMA = (
    CsvSchema.builder()
    .add_number_column("ti", DataTypes.TINYINT())
    .add_number_column("si", DataTypes.SMALLINT())
    .add_number_column("i", DataTypes.INT())
    .add_number_column("bi")
    .add_number_column("f", DataTypes.FLOAT())
    .add_number_column("d", DataTypes.DOUBLE())
    .add_number_column("dec", DataTypes.DECIMAL(10, 2))
    .add_boolean_column("b")
    .add_string_column("s")
    .add_array_column("sa")
    .add_array_column("ia", "|", DataTypes.INT())
    .build()
)
TEXT = """1,2,3,4,1.5,2.5,12.345,true,hi,x;y,1|2
-1,-2,-3,-4,NaN,1e5,7,TRUE,,,
 5 , 6 ,+7,8,1,-0.0,3.14159,yes, sp ,;,5
127,32767,2147483647,9223372036854775807,.5,5.,123456789012.5,false,grün,a,0
0,0,0,0,-Infinity,1d,-0.005,1,"quo""ted",;z,-1|-2
"""


def main():
    file = Path(tempfile.mkdtemp()) / "types.csv"
    file.write_text(TEXT, encoding="utf-8")
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    source = FileSource.for_record_stream_format(CsvReaderFormat.for_schema(SCHEMA), str(file)).build()
    rows = env.from_source(source, WatermarkStrategy.no_watermarks(), "rows")
    rows.map(lambda row: f"{row!r} {[type(value).__name__ for value in row]}").print()
    env.execute()


if __name__ == "__main__":
    main()
