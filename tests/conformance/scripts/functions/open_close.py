# open runs once before the first record and close once after the last, in every operator of the chain.
from pyflink.datastream import FilterFunction, FlatMapFunction, MapFunction, StreamExecutionEnvironment


class Traced:
    def open(self, runtime_context):
        self.seen = 0
        print("open", type(self).__name__)

    def close(self):
        print("close", type(self).__name__, self.seen)


class Mapped(Traced, MapFunction):
    def map(self, value):
        self.seen += 1
        return value


class Flattened(Traced, FlatMapFunction):
    def flat_map(self, value):
        self.seen += 1
        yield value
        yield value


class Filtered(Traced, FilterFunction):
    def filter(self, value):
        self.seen += 1
        return False


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1, 2, 3]).map(Mapped()).flat_map(Flattened()).filter(Filtered()).print()
    env.execute()


if __name__ == "__main__":
    main()
