# The names that streams are given, and that they have without.
from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    numbers = env.from_collection([1], type_info=Types.INT())
    print(numbers.get_name())
    mapped = numbers.map(lambda number: number)
    print(mapped.get_name(), mapped.name("own").get_name(), mapped.get_type())
    print(numbers.flat_map(lambda number: [number]).get_name(), numbers.filter(lambda number: True).get_name())
    print(numbers.filter(lambda number: True).get_type(), numbers.get_type())
    keyed = numbers.key_by(lambda number: number)
    print(keyed.reduce(lambda left, right: left).get_name(), keyed.sum().get_name())
    print(numbers.get_execution_environment() is not None, numbers.get_execution_config() is not None)


if __name__ == "__main__":
    main()
