# In batch mode a function of two keyed inputs is given the records of one key from both, then its timers.
# order: free
from pyflink.common import Types
from pyflink.datastream import KeyedCoProcessFunction, RuntimeExecutionMode, StreamExecutionEnvironment
from pyflink.datastream.state import ListStateDescriptor


class Pair(KeyedCoProcessFunction):
    def open(self, runtime_context):
        self.left = runtime_context.get_list_state(ListStateDescriptor("left", Types.INT()))
        self.right = runtime_context.get_list_state(ListStateDescriptor("right", Types.STRING()))

    def process_element1(self, value, ctx):
        self.left.add(value)
        ctx.timer_service().register_event_time_timer(1)

    def process_element2(self, value, ctx):
        self.right.add(value)
        ctx.timer_service().register_event_time_timer(1)

    def on_timer(self, timestamp, ctx):
        yield f"{ctx.get_current_key()} {list(self.left.get())} {list(self.right.get())}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    numbers = env.from_collection([1, 2, 3], type_info=Types.INT()).key_by(lambda number: number % 2, Types.INT())
    words = env.from_collection(["a", "bb", "c"], type_info=Types.STRING()).key_by(
        lambda word: len(word) % 2, Types.INT()
    )
    numbers.connect(words).process(Pair(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
