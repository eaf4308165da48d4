# Records of several Python types out of one untyped flat_map.
from pyflink.datastream import StreamExecutionEnvironment


def explode(number):
    yield number
    yield number / 2
    yield str(number)
    yield (number, [number])
    yield {"n": number}


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.from_collection([1, 2]).flat_map(explode).print()
    env.execute()


if __name__ == "__main__":
    main()
