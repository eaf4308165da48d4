# Many keys, each visited three times.
from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ListStateDescriptor, ValueStateDescriptor

KEYS = 1_500


class Visit(KeyedProcessFunction):
    def open(self, runtime_context):
        self.visits = runtime_context.get_state(ValueStateDescriptor("visits", Types.INT()))
        self.rounds = runtime_context.get_list_state(ListStateDescriptor("rounds", Types.INT()))

    def process_element(self, value, ctx):
        self.visits.update((self.visits.value() or 0) + 1)
        self.rounds.add(value // KEYS)
        if self.visits.value() == 3 and ctx.get_current_key() % 250 == 0:
            yield f"{ctx.get_current_key()} {list(self.rounds.get())}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection(range(3 * KEYS), type_info=Types.INT())
    keyed = numbers.key_by(lambda number: number % KEYS, key_type=Types.INT())
    keyed.process(Visit(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
