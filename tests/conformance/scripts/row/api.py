# Row in plain Python: positional, with names, as a template; access, change, length, iteration.
from pyflink.common import Row, RowKind


def main():
    plain = Row(1, "a", None)
    named = Row(name="Ada", age=36)
    person = Row("name", "age")
    print(plain, named, person, person("Grace", 85))
    print(plain[0], plain[1:], named["name"], named.age, named[1], len(plain), list(named))
    print("name" in named, "other" in named, 1 in plain, "name" in person)
    plain[0] = 5
    named["age"] = 37
    plain[1:] = ["b", "c"]
    print(plain, named)
    print(named.as_dict(), Row(a=Row(b=1), c=[Row(d=2)]).as_dict(True))
    plain.set_field_names(["x", "y", "z"])
    print(plain, plain.y, plain.get_fields_by_names(["z", "x"]))
    print(named.get_row_kind(), Row.of_kind(RowKind.DELETE, 1, 2).get_row_kind().name)
    named.set_row_kind(RowKind.UPDATE_AFTER)
    print(named, named.get_row_kind())
    print(Row(), len(Row()), Row(Row(1), [Row(2)]))


if __name__ == "__main__":
    main()
