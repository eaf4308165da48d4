# Global windows fire as their trigger says: by count, by count with purging, never.
# order: per-sink
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment, WindowFunction
from pyflink.datastream.window import CountTrigger, GlobalWindows, NeverTrigger, PurgingTrigger


class Apply(WindowFunction):
    def apply(self, key, window, inputs):
        yield f"{key} {window} {list(inputs)}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    records = [("a", 1), ("b", 1), ("a", 2), ("a", 3), ("b", 2), ("a", 4), ("a", 5)]
    keyed = env.from_collection(records, type_info=Types.TUPLE([Types.STRING(), Types.LONG()])).key_by(
        lambda record: record[0], key_type=Types.STRING()
    )

    def windows():
        return keyed.window(GlobalWindows.create())

    text = Types.STRING()
    windows().trigger(CountTrigger.of(2)).apply(Apply(), output_type=text).print("count")
    windows().trigger(PurgingTrigger.of(CountTrigger.of(2))).apply(Apply(), output_type=text).print("purging")
    windows().trigger(NeverTrigger()).apply(Apply(), output_type=text).print("never")
    windows().apply(Apply(), output_type=text).print("default")
    windows().trigger(CountTrigger.of(3)).reduce(lambda a, b: (a[0], a[1] + b[1])).print("reduced")
    env.execute()


if __name__ == "__main__":
    main()
