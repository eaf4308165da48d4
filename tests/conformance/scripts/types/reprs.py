# The names types print, and which types are equal.
from pyflink.common import Types


def main():
    for kind in (
        Types.STRING(), Types.BYTE(), Types.BOOLEAN(), Types.SHORT(), Types.INT(), Types.LONG(), Types.FLOAT(),
        Types.DOUBLE(), Types.CHAR(), Types.BIG_INT(), Types.BIG_DEC(), Types.INSTANT(), Types.SQL_DATE(),
        Types.SQL_TIME(), Types.SQL_TIMESTAMP(), Types.PICKLED_BYTE_ARRAY(),
        Types.ROW([Types.INT(), Types.STRING()]), Types.ROW_NAMED(["a", "b"], [Types.INT(), Types.STRING()]),
        Types.TUPLE([Types.INT(), Types.STRING()]), Types.LIST(Types.INT()), Types.MAP(Types.STRING(), Types.INT()),
        Types.PRIMITIVE_ARRAY(Types.INT()), Types.BASIC_ARRAY(Types.STRING()), Types.OBJECT_ARRAY(Types.STRING()),
    ):  # fmt: skip
        print(kind)
    print(Types.INT() == Types.INT(), Types.INT() == Types.LONG())
    print(Types.LIST(Types.INT()) == Types.LIST(Types.INT()), Types.LIST(Types.INT()) == Types.LIST(Types.STRING()))
    print(
        Types.TUPLE([Types.INT()]) == Types.TUPLE([Types.INT()]), Types.ROW([Types.INT()]) == Types.TUPLE([Types.INT()])
    )
    named = Types.ROW_NAMED(["a", "b"], [Types.INT(), Types.STRING()])
    print(named.get_field_names(), [str(kind) for kind in named.get_field_types()])
    print(Types.ROW([Types.INT(), Types.STRING()]).get_field_names())
    print(named == Types.ROW([Types.INT(), Types.STRING()]))


if __name__ == "__main__":
    main()
