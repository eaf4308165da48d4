# A position that is neither a number nor a name is refused when the job is built.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    keyed = env.from_collection([("a", 1)], type_info=Types.TUPLE([Types.STRING(), Types.INT()])).key_by(lambda r: r[0])
    for method in ("sum", "min", "max", "min_by", "max_by"):
        try:
            getattr(keyed, method)(1.5)
        except Exception as error:
            print(method, type(error).__name__)


if __name__ == "__main__":
    main()
