# Metrics of every kind registered in open and used for each record.
from pyflink.common import Types
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


class Measured(MapFunction):
    def __init__(self):
        self.level = 0

    def open(self, runtime_context):
        group = runtime_context.get_metrics_group()
        self.counter = group.counter("records")
        self.named = group.add_group("group").add_group("key", "value").counter("deep")
        self.meter = group.meter("rate", time_span_in_seconds=60)
        self.distribution = group.distribution("sizes")
        group.gauge("level", lambda: self.level)

    def map(self, value):
        self.level = value
        self.counter.inc()
        self.counter.inc(5)
        self.counter.dec(2)
        self.named.inc()
        self.meter.mark_event(value)
        self.distribution.update(value)
        return f"{value} {self.counter.get_count()} {self.named.get_count()}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1, 2], type_info=Types.INT()).map(Measured(), output_type=Types.STRING()).print()
    env.execute()


if __name__ == "__main__":
    main()
