"""A model of ONNX Runtime on the numbers 1 to n: a loop over batches of the same size."""

import sys

import classifier
import numpy


def main(n: int) -> None:
    session = classifier.session()
    for start in range(1, n + 1, classifier.BATCH):
        numbers = numpy.arange(start, min(start + classifier.BATCH, n + 1))
        (scores,) = session.run(None, {"x": classifier.features(numbers)})
        scores[:, 0]


if __name__ == "__main__":
    main(int(sys.argv[1]))
