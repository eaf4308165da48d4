# Two chained functions share an object: the second sees what the first did to it, the collection does not.
from pyflink.datastream import StreamExecutionEnvironment


def add_one(items):
    items.append(1)
    return items


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    source = [[0], [5]]
    stream = env.from_collection(source)
    stream.map(add_one).map(add_one).map(lambda items: (items, len(items))).print()
    env.execute()
    print(source)


if __name__ == "__main__":
    main()
