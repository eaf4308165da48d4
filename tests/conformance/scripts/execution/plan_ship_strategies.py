# How each partitioning is called in the plan.
import json

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    for method in ("rebalance", "rescale", "shuffle", "broadcast"):
        env = StreamExecutionEnvironment.get_execution_environment()
        env.set_parallelism(2)
        numbers = env.from_collection([1, 2], type_info=Types.INT()).map(lambda number: number, Types.INT())
        getattr(numbers, method)().map(lambda number: number, output_type=Types.INT()).name("after").print()
        nodes = json.loads(env.get_execution_plan())["nodes"]
        after = [node for node in nodes if node["type"] == "after"]
        print(method, [edge["ship_strategy"] for node in after for edge in node["predecessors"]])


if __name__ == "__main__":
    main()
