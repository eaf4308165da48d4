# An exception in open fails the job before any record; the function is named in the error.
from pyflink.common import Types
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


class BadOpen(MapFunction):
    def open(self, runtime_context):
        raise RuntimeError("cannot open")

    def map(self, value):
        print("never called")
        return value


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1], type_info=Types.INT()).map(BadOpen(), output_type=Types.INT()).print()
    try:
        env.execute()
        print("no error")
    except Exception as error:
        print("cannot open" in str(error))


if __name__ == "__main__":
    main()
