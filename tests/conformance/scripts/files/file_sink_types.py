# The string encoder writes what print shows, for typed and untyped records.
import tempfile
from pathlib import Path

from pyflink.common import Encoder, Row, Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import BucketAssigner, FileSink

CASES = [
    (Types.DOUBLE(), 1e10),
    (Types.BOOLEAN(), True),
    (Types.TUPLE([Types.INT(), Types.STRING()]), (1, "a")),
    (Types.ROW([Types.INT(), Types.STRING()]), Row(1, None)),
    (Types.LIST(Types.INT()), [1, 2]),
]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    folder = Path(tempfile.mkdtemp())
    for index, (kind, value) in enumerate(CASES):
        sink = (
            FileSink.for_row_format(str(folder / str(index)), Encoder.simple_string_encoder())
            .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
            .build()
        )
        env.from_collection([0]).map(lambda _, value=value: value, output_type=kind).sink_to(sink)
    env.execute()
    for index in range(len(CASES)):
        for path in (folder / str(index)).iterdir():
            print(path.read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    main()
