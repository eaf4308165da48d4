# execute_async gives a JobClient: status, id and result.
from pyflink.common import JobStatus, Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1, 2], type_info=Types.INT()).print()
    client = env.execute_async("async")
    result = client.get_job_execution_result().result()
    print(str(result.get_job_id()) == str(client.get_job_id()), len(str(client.get_job_id())))
    print(JobStatus.FINISHED.is_terminal_state(), JobStatus.RUNNING.is_globally_terminal_state())


if __name__ == "__main__":
    main()
