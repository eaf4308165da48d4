# The environment's own settings: defaults, setters, and what configure() changes.
from pyflink.common import Configuration
from pyflink.datastream import CheckpointingMode, StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    print(env.get_max_parallelism(), env.get_buffer_timeout(), env.is_chaining_enabled())
    print(env.get_checkpoint_interval(), env.get_checkpointing_mode(), env.is_unaligned_checkpoints_enabled())
    env.set_parallelism(3).set_max_parallelism(60).set_buffer_timeout(7)
    print(env.get_parallelism(), env.get_max_parallelism(), env.get_buffer_timeout())
    env.enable_checkpointing(5000, CheckpointingMode.AT_LEAST_ONCE)
    print(env.get_checkpoint_interval(), env.get_checkpointing_mode())
    config = Configuration()
    config.set_string("parallelism.default", "2")
    config.set_string("pipeline.max-parallelism", "80")
    config.set_string("execution.buffer-timeout.interval", "11 ms")
    config.set_string("execution.checkpointing.interval", "3 s")
    config.set_string("pipeline.auto-watermark-interval", "123 ms")
    config.set_string("pipeline.object-reuse", "true")
    env.configure(config)
    print(env.get_parallelism(), env.get_max_parallelism(), env.get_buffer_timeout(), env.get_checkpoint_interval())
    print(env.get_config().get_auto_watermark_interval(), env.get_config().is_object_reuse_enabled())
    made = StreamExecutionEnvironment.get_execution_environment(config)
    print(made.get_parallelism(), made.get_max_parallelism(), made.get_checkpoint_interval())


if __name__ == "__main__":
    main()
