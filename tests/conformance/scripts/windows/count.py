# Count windows, tumbling and sliding, count the records of each key.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import ProcessWindowFunction, StreamExecutionEnvironment, WindowFunction
from pyflink.datastream.window import CountTrigger


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{key} {window} {list(inputs)}"


class Process(ProcessWindowFunction):
    def process(self, key, context, elements):
        yield f"{key} {context.window()} {list(elements)}"

    def clear(self, context):
        pass


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    records = [("a", 1), ("b", 1), ("a", 2), ("a", 3), ("b", 2), ("a", 4), ("a", 5), ("a", 6), ("b", 3)]
    keyed = env.from_collection(records, type_info=Types.TUPLE([Types.STRING(), Types.LONG()])).key_by(
        lambda record: record[0], key_type=Types.STRING()
    )
    text = Types.STRING()
    keyed.count_window(2).apply(Apply(), output_type=text).print("two")
    keyed.count_window(3).reduce(lambda a, b: (a[0], a[1] + b[1])).print("three, reduced")
    keyed.count_window(3, 1).apply(Apply(), output_type=text).print("three every one")
    keyed.count_window(2, 3).process(Process(), output_type=text).print("two every three")
    keyed.count_window(4).trigger(CountTrigger.of(2)).apply(Apply(), output_type=text).print("four, triggered by two")
    env.execute()


if __name__ == "__main__":
    main()
