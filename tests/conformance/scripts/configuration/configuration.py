# Configuration: setters and getters of each kind, defaults, merging, removing, equality.
from pyflink.common import Configuration


def main():
    config = Configuration()
    config.set_string("a.string", "text").set_integer("an.integer", 7).set_boolean("a.boolean", True)
    config.set_float("a.float", 1.5).set_bytearray("a.bytearray", bytearray([1, 2]))
    print(config.get_string("a.string", "default"), config.get_string("missing", "default"))
    print(config.get_integer("an.integer", 0), config.get_integer("missing", 3))
    print(config.get_boolean("a.boolean", False), config.get_boolean("missing", False))
    print(config.get_float("a.float", 0.0), config.get_float("missing", 2.5))
    print(
        config.get_bytearray("a.bytearray", bytearray()), config.contains_key("a.float"), config.contains_key("missing")
    )
    print(sorted(config.key_set()))
    other = Configuration()
    other.set_string("b", "2")
    config.add_all(other)
    config.add_all(other, prefix="nested.")
    print(config.get_string("b", ""), config.get_string("nested.b", ""))
    print(config.remove_config("b"), config.remove_config("b"), config.contains_key("b"))
    into = {}
    other.add_all_to_dict(into)
    print(into, other.to_dict(), other)
    print(Configuration(other) == other)
    print(config.get_string("an.integer", ""), config.get_integer("a.string.not", 1))


if __name__ == "__main__":
    main()
