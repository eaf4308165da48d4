"""Arithmetic with NumPy on the numbers 1 to n: a loop over batches of the job's size."""

import sys

import numpy


def main(n: int) -> None:
    scale = lambda x: x * 0.5 + 1.0  # noqa: E731  the very function of the job
    for start in range(1, n + 1, 4096):
        scale(numpy.arange(start, min(start + 4096, n + 1)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
