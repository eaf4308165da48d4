"""Three maps and a filter over the numbers 1 to n: a loop in a function that makes the same calls."""

import sys


def main(n: int) -> None:
    first = lambda x: x + 1  # noqa: E731  the very functions of the job
    second = lambda x: x * 3  # noqa: E731
    third = lambda x: x ^ 0x55  # noqa: E731
    keep = lambda x: x % 2 == 0  # noqa: E731
    kept = 0
    for x in range(1, n + 1):
        if keep(third(second(first(x)))):
            kept += 1


if __name__ == "__main__":
    main(int(sys.argv[1]))
