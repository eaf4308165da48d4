# A value of a MapState changed in place without put.
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import MapStateDescriptor


class Grow(KeyedProcessFunction):
    def open(self, runtime_context):
        self.groups = runtime_context.get_map_state(
            MapStateDescriptor("groups", Types.STRING(), Types.PICKLED_BYTE_ARRAY())
        )

    def process_element(self, value, ctx):
        group = self.groups.get("g")
        if group is None:
            group = []
            self.groups.put("g", group)
        group.append(value[1])
        yield f"{value[0]} {self.groups.get('g')}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    records = [("a", 1), ("b", 2), ("a", 3), ("b", 4)]
    env.from_collection(records).key_by(lambda pair: pair[0]).process(Grow(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
