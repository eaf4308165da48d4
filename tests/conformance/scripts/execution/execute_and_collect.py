# execute_and_collect: an iterator of Python values, typed and untyped, and a limit.
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1, 2, 3], type_info=Types.INT())
    with numbers.execute_and_collect("collected") as results:
        for result in results:
            print(repr(result))
    print(list(numbers.execute_and_collect(limit=2)))
    untyped = numbers.map(lambda number: {"n": number})
    print(list(untyped.execute_and_collect()))
    rows = numbers.map(lambda number: Row(number, None), output_type=Types.ROW([Types.INT(), Types.STRING()]))
    print(list(rows.execute_and_collect()))
    pairs = numbers.map(lambda number: (number, 0.5), output_type=Types.TUPLE([Types.INT(), Types.DOUBLE()]))
    print(list(pairs.execute_and_collect()))


if __name__ == "__main__":
    main()
