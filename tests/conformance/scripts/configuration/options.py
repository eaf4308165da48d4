# Configurations made of a dict, and what a value reads as by another getter.
from pyflink.common import Configuration


def main():
    made = Configuration.from_dict({"a": "1", "b": "two", "c": "true", "d": "0.5"})
    print(made.get_integer("a", 0), made.get_string("b", ""), made.get_boolean("c", False), made.get_float("d", 0.0))
    print(made.get_string("a", ""), sorted(made.to_dict().items()))
    made.set_integer("n", 5)
    print(made.get_string("n", ""), made.get_float("n", 0.0))
    print(Configuration.parse_list_value("a;b"), Configuration.parse_list_value("[a, b]"))


if __name__ == "__main__":
    main()
