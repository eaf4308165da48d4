# What a Row refuses, by the kind of exception.
from pyflink.common import Row


def attempt(name, action):
    try:
        print(name, action())
    except Exception as error:
        print(name, type(error).__name__)


def main():
    named = Row(a=1)
    plain = Row(1, 2)
    attempt("mixed", lambda: Row(1, a=2))
    attempt("no such name", lambda: named["b"])
    attempt("no such attribute", lambda: named.b)
    attempt("attribute of plain", lambda: plain.a)
    attempt("beyond the end", lambda: plain[5])
    attempt("set attribute", lambda: setattr(named, "a", 5))
    attempt("set unknown", lambda: named.__setitem__("b", 5))
    attempt("plain as dict", lambda: plain.as_dict())
    attempt("template with too many", lambda: Row("a")(1, 2))
    attempt("template with too few", lambda: Row("a", "b")(1))
    attempt("unknown names", lambda: named.get_fields_by_names(["z"]))


if __name__ == "__main__":
    main()
