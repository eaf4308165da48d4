# A function object is copied into the job: what happens to it there is not seen by the script.
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


class Collecting(MapFunction):
    def __init__(self):
        self.seen = []

    def map(self, value):
        self.seen.append(value)
        return len(self.seen)


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    collecting = Collecting()
    env.from_collection(["a", "b", "c"]).map(collecting).print()
    env.execute()
    print("in the script:", collecting.seen)


if __name__ == "__main__":
    main()
