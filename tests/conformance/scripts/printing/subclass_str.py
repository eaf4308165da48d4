# An untyped object of the user's class is printed by its own __str__.
# order: per-sink
from pyflink.datastream import StreamExecutionEnvironment


class Money:
    def __init__(self, cents):
        self.cents = cents

    def __str__(self):
        return f"{self.cents // 100}.{self.cents % 100:02d}"

    def __add__(self, other):
        return Money(self.cents + other.cents)


class Loud(str):
    def __str__(self):
        return self.upper() + "!"


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    amounts = env.from_collection([5, 250, 99]).map(Money)
    amounts.print("case 1")
    amounts.key_by(lambda _: 0).reduce(lambda left, right: left + right).print("case 2")
    env.from_collection(["quiet"]).map(Loud).print("case 3")
    env.execute()


if __name__ == "__main__":
    main()
