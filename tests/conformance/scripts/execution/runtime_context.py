# What a function's RuntimeContext tells.
from pyflink.common import Types
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


class Describe(MapFunction):
    def open(self, runtime_context):
        self.told = (
            runtime_context.get_task_name(),
            runtime_context.get_number_of_parallel_subtasks(),
            runtime_context.get_max_number_of_parallel_subtasks(),
            runtime_context.get_index_of_this_subtask(),
            runtime_context.get_attempt_number(),
            runtime_context.get_task_name_with_subtasks(),
            runtime_context.get_job_parameter("given", "default"),
            runtime_context.get_job_parameter("missing", "default"),
        )

    def map(self, value):
        return str(self.told)


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_global_job_parameters({"given": "parameter"})
    numbers = env.from_collection([1], type_info=Types.INT())
    numbers.map(Describe(), output_type=Types.STRING()).name("describing").print()
    env.execute()


if __name__ == "__main__":
    main()
