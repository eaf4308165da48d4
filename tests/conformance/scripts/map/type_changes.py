# A chain of maps whose declared types change from step to step.
from pyflink.common import Row, Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    (
        env.from_collection(["3,x", "4,y"], type_info=Types.STRING())
        .map(lambda line: line.split(","), output_type=Types.LIST(Types.STRING()))
        .map(lambda parts: (int(parts[0]), parts[1]), output_type=Types.TUPLE([Types.INT(), Types.STRING()]))
        .map(lambda pair: Row(number=pair[0], letter=pair[1]))
        .map(
            lambda row: Row(half=row.number / 2, letter=row.letter),
            output_type=Types.ROW_NAMED(["half", "letter"], [Types.DOUBLE(), Types.STRING()]),
        )
        .map(lambda row: {row.letter: row.half}, output_type=Types.MAP(Types.STRING(), Types.DOUBLE()))
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
