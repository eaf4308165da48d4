# The kind of a typed row travels with it and is printed; an untyped row is printed by its repr, which has no kind.
# order: per-sink
from pyflink.common import Row, RowKind, Types
from pyflink.datastream import StreamExecutionEnvironment


def changed(index):
    return Row.of_kind(list(RowKind)[index], index, "x")


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([0, 1, 2, 3])
    typed = numbers.map(changed, output_type=Types.ROW([Types.INT(), Types.STRING()]))
    typed.print("case 1")
    numbers.map(changed).print("case 2")
    typed.rebalance().map(lambda row: str(row.get_row_kind()) + repr(row), output_type=Types.STRING()).print("case 3")
    numbers.map(changed).rebalance().map(lambda row: f"{row.get_row_kind().name}{row!r}").print("case 4")
    env.execute()


if __name__ == "__main__":
    main()
