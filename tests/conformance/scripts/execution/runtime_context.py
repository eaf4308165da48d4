# What a function's RuntimeContext tells, in the task of the source and in a task of its own.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


class Describe(MapFunction):
    def open(self, runtime_context):
        self.maximum = runtime_context.get_max_number_of_parallel_subtasks()
        self.told = (
            runtime_context.get_task_name(),
            runtime_context.get_task_name_with_subtasks(),
            runtime_context.get_number_of_parallel_subtasks(),
            runtime_context.get_index_of_this_subtask(),
            runtime_context.get_attempt_number(),
            runtime_context.get_job_parameter("given", "default"),
            runtime_context.get_job_parameter("missing", "default"),
        )

    def map(self, value):
        return str(self.told) if value == 0 else f"{self.told} {self.maximum}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_global_job_parameters({"given": "parameter"})
    in_source = env.from_collection([0], type_info=Types.INT())
    in_source.map(Describe(), output_type=Types.STRING()).name("describing").print("in source")
    alone = env.from_collection([1], type_info=Types.INT()).rebalance()
    alone.map(Describe(), output_type=Types.STRING()).name("telling").print("alone").name("showing")
    env.execute()


if __name__ == "__main__":
    main()
