# An exception in a function fails the job: execute raises, the records before it are printed.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def fail_on_three(number):
    if number == 3:
        raise ValueError("no threes please")
    return number


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([3, 1], type_info=Types.INT()).map(fail_on_three, output_type=Types.INT()).print()
    try:
        env.execute()
    except Exception as error:
        print("no threes please" in str(error), "ValueError" in str(error), "fail_on_three" in str(error))
    env.from_collection([4], type_info=Types.INT()).map(fail_on_three, output_type=Types.INT()).print()
    env.execute()


if __name__ == "__main__":
    main()
