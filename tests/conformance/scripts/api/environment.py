# What can be asked of an environment and set on it.
from pyflink.common import Configuration
from pyflink.datastream import CheckpointingMode, StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_default_local_parallelism(3)
    print("local", env.get_default_local_parallelism())
    print("chaining", env.is_chaining_enabled())
    print("max", env.is_chaining_of_operators_with_different_max_parallelism_enabled())
    env.disable_operator_chaining()
    print("chaining", env.is_chaining_enabled())
    print("changelog", env.is_changelog_state_backend_enabled())
    env.enable_changelog_state_backend(True)
    print("changelog", env.is_changelog_state_backend_enabled())
    print("mode", env.get_checkpointing_consistency_mode(), env.get_checkpointing_mode())
    env.enable_checkpointing(1000, CheckpointingMode.AT_LEAST_ONCE)
    print("mode", env.get_checkpointing_consistency_mode(), env.get_checkpointing_mode())
    print("interval", env.get_checkpoint_interval())
    print("unaligned", env.is_unaligned_checkpoints_enabled(), env.is_force_unaligned_checkpoints())
    print("savepoints", env.get_default_savepoint_directory())
    print("buffers", env.get_buffer_timeout())
    env.set_buffer_timeout(7)
    print("buffers", env.get_buffer_timeout())
    env.set_parallelism(2).set_max_parallelism(32)
    print("parallelism", env.get_parallelism(), env.get_max_parallelism())
    configuration = Configuration()
    configuration.set_string("parallelism.default", "5")
    env.configure(configuration)
    print("parallelism", env.get_parallelism())
    print(type(env.get_config()).__name__, type(env.get_checkpoint_config()).__name__)


if __name__ == "__main__":
    main()
