# FileSink of text lines: the finished part files hold every record once, one a line.
import tempfile
from pathlib import Path

from pyflink.common import Encoder, Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import BucketAssigner, FileSink, OutputFileConfig, RollingPolicy


def main():
    folder = Path(tempfile.mkdtemp()) / "out"
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    sink = (
        FileSink.for_row_format(str(folder), Encoder.simple_string_encoder())
        .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
        .with_output_file_config(OutputFileConfig.builder().with_part_prefix("part").with_part_suffix(".txt").build())
        .with_rolling_policy(RollingPolicy.default_rolling_policy())
        .build()
    )
    words = env.from_collection(["a", "grün", "", "d"], type_info=Types.STRING())
    words.sink_to(sink)
    env.execute()
    parts = sorted(path for path in folder.rglob("*") if path.is_file())
    print([(path.name.startswith("part-"), path.suffix, path.parent == folder) for path in parts])
    for path in parts:
        print(path.read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    main()
