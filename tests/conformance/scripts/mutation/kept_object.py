# A function keeps an object it has passed on; what is done to it downstream of a channel is not seen.
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


class Keep(MapFunction):
    def __init__(self):
        self.kept = []

    def map(self, value):
        seen = repr(self.kept)
        fresh = [value]
        self.kept.append(fresh)
        return fresh, seen


def spoil(pair):
    pair[0].append("spoiled")
    return pair


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1, 2, 3]).map(Keep()).rebalance().map(spoil).print()
    env.execute()


if __name__ == "__main__":
    main()
