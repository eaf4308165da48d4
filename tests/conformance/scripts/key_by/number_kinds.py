# Without a declared key type 1, 1.0 and True are three keys (another key in between each two).
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    keys = [
        1,
        "-",
        1.0,
        "-",
        True,
        "-",
        1,
        "-",
        0,
        "-",
        False,
        "-",
        0.0,
        "-",
        True,
        "-",
        1.0,
        "-",
        -0.0,
        "-",
        (1,),
        "-",
        (True,),
    ]
    (
        env.from_collection(range(len(keys)))
        .map(lambda index: (keys[index], 1))
        .key_by(lambda pair: pair[0])
        .reduce(lambda left, right: (left[0], left[1] + right[1]))
        .filter(lambda pair: pair[0] != "-")
        .print()
    )
    env.execute()


if __name__ == "__main__":
    main()
