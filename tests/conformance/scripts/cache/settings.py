# A cached stream cannot be set up, and caching comes after an operator.
from pyflink.common import Types
from pyflink.datastream import RuntimeExecutionMode, StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    cached = env.from_collection([1, 2], type_info=Types.INT()).map(lambda n: n + 1, Types.INT()).cache()
    calls = [
        ("set_parallelism", 1), ("name", "n"), ("get_name",), ("uid", "u"), ("set_uid_hash", "0" * 32),
        ("set_max_parallelism", 4), ("force_non_parallel",), ("set_buffer_timeout", 5), ("start_new_chain",),
        ("disable_chaining",), ("slot_sharing_group", "g"),
    ]
    for name, *arguments in calls:
        try:
            getattr(cached, name)(*arguments)
            print(name, "was possible")
        except Exception:
            print(name, "is refused")
    cached.print()
    env.execute()


if __name__ == "__main__":
    main()
