# What execute returns.
from pyflink.common import JobExecutionResult, Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1], type_info=Types.INT()).print()
    result = env.execute("named")
    print(isinstance(result, JobExecutionResult), len(str(result.get_job_id())), result.get_net_runtime() >= 0)
    print(result.get_all_accumulator_results(), result.get_accumulator_result("none"))


if __name__ == "__main__":
    main()
