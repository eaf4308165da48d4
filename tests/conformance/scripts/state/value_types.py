# What a ValueState gives back for values of several declared types, after other keys were used in between.
from datetime import datetime

from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ValueStateDescriptor

CASES = {
    "int": (Types.INT(), 7),
    "double": (Types.DOUBLE(), 0.1),
    "float": (Types.FLOAT(), 0.5),
    "string": (Types.STRING(), "grün"),
    "boolean": (Types.BOOLEAN(), True),
    "tuple": (Types.TUPLE([Types.INT(), Types.STRING()]), (1, "x")),
    "row": (Types.ROW([Types.INT(), Types.STRING()]), Row(1, None)),
    "named": (Types.ROW_NAMED(["n", "s"], [Types.INT(), Types.STRING()]), Row(1, "y")),
    "list": (Types.LIST(Types.INT()), [1, 2]),
    "map": (Types.MAP(Types.STRING(), Types.INT()), {"k": 1}),
    "timestamp": (Types.SQL_TIMESTAMP(), datetime(2024, 1, 1, 1, 1, 1, 123000)),
    "bytes": (Types.PRIMITIVE_ARRAY(Types.BYTE()), b"\x00\x01"),
    "pickled": (Types.PICKLED_BYTE_ARRAY(), {"any": (1, None)}),
}


class Keep(KeyedProcessFunction):
    def open(self, runtime_context):
        self.states = {
            name: runtime_context.get_state(ValueStateDescriptor(name, kind)) for name, (kind, _) in CASES.items()
        }

    def process_element(self, value, ctx):
        for name, state in self.states.items():
            held = state.value()
            if held is None:
                state.update(CASES[name][1])
            else:
                yield f"{name} {type(held).__name__} {list(held) if isinstance(held, Row) else held!r}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    keys = [0, *range(1, 2000), 0]
    keyed = env.from_collection(keys, type_info=Types.INT()).key_by(lambda key: key, key_type=Types.INT())
    keyed.process(Keep(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
