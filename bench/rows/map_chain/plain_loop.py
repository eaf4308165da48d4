"""Three maps and a filter over the numbers 1 to n: a loop that makes the same calls, at the top of a script."""

import sys

first = lambda x: x + 1  # noqa: E731  the very functions of the job
second = lambda x: x * 3  # noqa: E731
third = lambda x: x ^ 0x55  # noqa: E731
keep = lambda x: x % 2 == 0  # noqa: E731
kept = 0
for x in range(1, int(sys.argv[1]) + 1):
    if keep(third(second(first(x)))):
        kept += 1
