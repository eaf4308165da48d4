# With parallelism 2 every subtask is given every broadcast record.
# order: free
# prefix: any
from pyflink.common import Types
from pyflink.datastream import BroadcastProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import MapStateDescriptor

RULES = MapStateDescriptor("rules", Types.STRING(), Types.INT())


class Tell(BroadcastProcessFunction):
    def open(self, runtime_context):
        self.index = runtime_context.get_index_of_this_subtask()

    def process_element(self, value, ctx):
        return []

    def process_broadcast_element(self, value, ctx):
        yield f"subtask {self.index} rule {value[0]}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    words = env.from_collection(["x"], type_info=Types.STRING())
    rules = env.from_collection([("a", 1), ("b", 2)], type_info=Types.TUPLE([Types.STRING(), Types.INT()]))
    words.connect(rules.broadcast(RULES)).process(Tell(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
