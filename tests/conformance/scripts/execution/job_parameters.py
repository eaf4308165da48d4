# Global job parameters set on the environment are read by functions.
from pyflink.common import Types
from pyflink.datastream import FilterFunction, StreamExecutionEnvironment


class Above(FilterFunction):
    def open(self, runtime_context):
        self.limit = int(runtime_context.get_job_parameter("limit", "0"))

    def filter(self, value):
        return value > self.limit


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.get_config().set_global_job_parameters({"limit": "2", "other": "x"})
    env.from_collection([1, 2, 3], type_info=Types.INT()).filter(Above()).print()
    env.execute()
    print(sorted(env.get_config().get_global_job_parameters().items()))


if __name__ == "__main__":
    main()
