# One function object used by two operators becomes two: each has its own attributes.
# order: free
from pyflink.datastream import MapFunction, StreamExecutionEnvironment


class Numbering(MapFunction):
    def __init__(self):
        self.count = 0

    def map(self, value):
        self.count += 1
        return f"{value}{self.count}"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbering = Numbering()
    letters = env.from_collection(["a", "b"])
    letters.map(numbering).map(numbering).print()
    letters.map(numbering).print()
    env.execute()


if __name__ == "__main__":
    main()
