# A bounded job with checkpoints enabled ends with the same output.
import tempfile

from pyflink.common import Types
from pyflink.datastream import CheckpointingMode, StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.enable_checkpointing(100, CheckpointingMode.EXACTLY_ONCE)
    env.set_default_savepoint_directory("file://" + tempfile.mkdtemp())
    pairs = env.from_collection([("a", 1), ("b", 2), ("a", 3)], type_info=Types.TUPLE([Types.STRING(), Types.INT()]))
    pairs.key_by(lambda pair: pair[0]).sum(1).print()
    env.execute()


if __name__ == "__main__":
    main()
