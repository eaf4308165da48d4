# LIST and MAP are printed as Java's collections.
# order: per-sink
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment

STRING, INT = Types.STRING(), Types.INT()
CASES = [
    ([[1, 2], [], [3]], Types.LIST(INT)),
    ([["a", ""], ["b c"]], Types.LIST(STRING)),
    ([[Row(1, "a"), Row(None, "b")]], Types.LIST(Types.ROW([INT, STRING]))),
    ([[[1], [], [2, 3]]], Types.LIST(Types.LIST(INT))),
    ([{"a": 1}, {}, {"b": None}], Types.MAP(STRING, INT)),
    ([{1: ["x", "y"]}], Types.MAP(INT, Types.LIST(STRING))),
    ([{"d": 1e10}], Types.MAP(STRING, Types.DOUBLE())),
]


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    for values, kind in CASES:
        env.from_collection(range(len(values))).map(lambda index, all=values: all[index], output_type=kind).print(
            str(kind)
        )
    env.execute()


if __name__ == "__main__":
    main()
