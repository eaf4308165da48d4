# With parallelism 2 each subtask writes part files of its own; together they hold every record once.
import tempfile
from pathlib import Path

from pyflink.common import Encoder, Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink


def main():
    folder = Path(tempfile.mkdtemp()) / "out"
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    sink = FileSink.for_row_format(str(folder), Encoder.simple_string_encoder()).build()
    numbers = env.from_collection(range(10), type_info=Types.INT())
    numbers.rebalance().map(lambda number: str(number), output_type=Types.STRING()).sink_to(sink)
    env.execute()
    parts = [path for path in folder.rglob("*") if path.is_file()]
    print(
        len(parts), {path.parent.parent == folder for path in parts}, {path.name.startswith("part-") for path in parts}
    )
    print(sorted(line for path in parts for line in path.read_text(encoding="utf-8").split()))


if __name__ == "__main__":
    main()
