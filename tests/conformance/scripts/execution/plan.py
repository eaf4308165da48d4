# The execution plan names sources, operators and sinks, with their parallelism and how they are connected.
import json

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    numbers = env.from_collection([1, 2], type_info=Types.INT())
    (
        numbers.map(lambda number: number, output_type=Types.INT())
        .name("mapping")
        .key_by(lambda number: number)
        .reduce(lambda left, right: left)
        .name("reducing")
        .set_parallelism(1)
        .print()
        .name("printing")
    )
    nodes = json.loads(env.get_execution_plan())["nodes"]
    print([node["pact"] for node in nodes if node["type"].startswith("mapping")])
    for name in ("Source: Collection Source", "reducing", "Sink: printing"):
        for node in nodes:
            if node["type"] == name:
                sent = [edge["ship_strategy"] for edge in node.get("predecessors", [])]
                print(name, "|", node["pact"], "|", node["contents"], "|", node["parallelism"], "|", sent)


if __name__ == "__main__":
    main()
