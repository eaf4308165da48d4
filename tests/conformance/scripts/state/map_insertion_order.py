# The entries of a MapState as they come out, written in three records.
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import MapStateDescriptor


class Seen(KeyedProcessFunction):
    def open(self, runtime_context):
        self.seen = runtime_context.get_map_state(MapStateDescriptor("seen", Types.INT(), Types.STRING()))

    def process_element(self, value, ctx):
        if value == 0:
            yield str(sorted(self.seen.items()))
            yield str(len(list(self.seen.keys())))
        else:
            self.seen.put(value, str(value))


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([30, 10, 20, 10, 0])
    numbers.key_by(lambda _: "one").process(Seen(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
