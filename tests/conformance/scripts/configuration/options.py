# Typed options and configurations made of a dict.
from pyflink.common import ConfigOptions, Configuration


def main():
    option = ConfigOptions.key("my.option").int_type().default_value(5)
    flag = ConfigOptions.key("my.flag").boolean_type().no_default_value()
    text = ConfigOptions.key("my.text").string_type().default_value("x")
    config = Configuration()
    print(config.get(option, 9), config.get(text, "y"))
    config.set(option, 11)
    config.set(flag, True)
    print(config.get(option, 9), config.get(flag, False), sorted(config.key_set()))
    made = Configuration.from_dict({"a": "1", "b": "two"})
    print(made.get_integer("a", 0), made.get_string("b", ""), made.to_dict())


if __name__ == "__main__":
    main()
