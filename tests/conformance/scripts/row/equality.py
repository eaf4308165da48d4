# When rows are equal, how they hash and what pickling keeps.
import pickle

from pyflink.common import Row, RowKind


def main():
    print(Row(1, 2) == Row(1, 2), Row(1, 2) == Row(2, 1), Row(1, 2) == (1, 2), Row(1) == Row(1.0))
    print(Row(a=1, b=2) == Row(b=2, a=1), Row(a=1) == Row(1), Row(a=1) == Row(b=1))
    print(Row.of_kind(RowKind.DELETE, 1) == Row(1), Row.of_kind(RowKind.DELETE, 1) == Row.of_kind(RowKind.DELETE, 1))
    print(hash(Row(1, "a")) == hash((1, "a")), len({Row(1), Row(1), Row(2)}))
    deleted = Row.of_kind(RowKind.DELETE, 1, None)
    copy = pickle.loads(pickle.dumps(deleted))
    print(copy, copy == deleted, copy.get_row_kind().name)
    print(pickle.loads(pickle.dumps(Row(b=1, a=2))))


if __name__ == "__main__":
    main()
