# CheckpointConfig: defaults and what its setters change.
from pyflink.common import Duration
from pyflink.datastream import CheckpointingMode, ExternalizedCheckpointRetention, StreamExecutionEnvironment


def show(config):
    print(config.is_checkpointing_enabled(), config.get_checkpointing_mode(), config.get_checkpoint_interval())
    print(config.get_checkpoint_timeout(), config.get_min_pause_between_checkpoints())
    print(config.get_max_concurrent_checkpoints(), config.get_tolerable_checkpoint_failure_number())
    print(config.is_fail_on_checkpointing_errors(), config.is_externalized_checkpoints_enabled())
    print(config.get_externalized_checkpoint_retention(), config.is_unaligned_checkpoints_enabled())
    print(config.get_alignment_timeout() == Duration.of_millis(0), config.is_force_unaligned_checkpoints())


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    config = env.get_checkpoint_config()
    show(config)
    config.set_checkpoint_interval(1234).set_checkpointing_mode(CheckpointingMode.AT_LEAST_ONCE)
    config.set_checkpoint_timeout(5000).set_min_pause_between_checkpoints(600)
    config.set_tolerable_checkpoint_failure_number(4)
    config.set_externalized_checkpoint_retention(ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION)
    show(config)
    config.set_checkpointing_mode(CheckpointingMode.EXACTLY_ONCE).set_max_concurrent_checkpoints(1)
    config.enable_unaligned_checkpoints().set_force_unaligned_checkpoints(True)
    config.set_alignment_timeout(Duration.of_seconds(3))
    show(config)
    print(config.get_alignment_timeout() == Duration.of_seconds(3), env.get_checkpoint_interval())
    config.disable_unaligned_checkpoints()
    print(config.is_unaligned_checkpoints_enabled())


if __name__ == "__main__":
    main()
