# ExecutionConfig: defaults and what its setters change.
from pyflink.datastream import StreamExecutionEnvironment


def show(config):
    print(
        config.get_auto_watermark_interval(),
        config.get_latency_tracking_interval(),
        config.is_closure_cleaner_enabled(),
    )
    print(config.get_max_parallelism(), config.get_task_cancellation_interval(), config.get_task_cancellation_timeout())
    print(config.has_auto_generated_uids_enabled())
    print(config.is_object_reuse_enabled(), config.is_use_snapshot_compression())
    print(config.get_global_job_parameters())


def main():
    config = StreamExecutionEnvironment.get_execution_environment().get_config()
    show(config)
    config.set_auto_watermark_interval(50).set_latency_tracking_interval(9).disable_closure_cleaner()
    config.set_parallelism(5).set_max_parallelism(99)
    config.set_task_cancellation_interval(1000).set_task_cancellation_timeout(2000)
    config.enable_object_reuse().disable_auto_generated_uids()
    config.set_use_snapshot_compression(True).set_global_job_parameters({"a": "1"})
    show(config)
    print(config.get_parallelism())


if __name__ == "__main__":
    main()
