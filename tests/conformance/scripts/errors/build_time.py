# Misuse found while the job is built, by the kind of exception.
from pyflink.common import Types
from pyflink.datastream import (
    KeyedProcessFunction,
    MapFunction,
    OutputTag,
    ProcessFunction,
    StreamExecutionEnvironment,
)


class NotAFunction:
    pass


def attempt(name, action):
    try:
        action()
        print(name, "accepted")
    except Exception as error:
        print(name, type(error).__name__)


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    numbers = env.from_collection([1], type_info=Types.INT())
    attempt("map of a number", lambda: numbers.map(5))
    attempt("map of an object", lambda: numbers.map(NotAFunction()))
    attempt("flat_map of None", lambda: numbers.flat_map(None))
    attempt("filter of a string", lambda: numbers.filter("x"))
    attempt("reduce of a number", lambda: numbers.key_by(lambda number: number).reduce(5))
    attempt("abstract function", lambda: MapFunction())
    attempt("abstract process function", lambda: ProcessFunction())
    attempt("abstract keyed function", lambda: KeyedProcessFunction())
    attempt("tag without a name", lambda: OutputTag(None))


if __name__ == "__main__":
    main()
