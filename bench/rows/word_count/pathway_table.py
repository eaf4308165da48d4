"""Counts the words of a file, on Pathway: number of words, path.

Python splits the lines; the counting is Pathway's own.
"""

import sys

import pathway as pw


def main(path: str) -> None:
    lines = pw.io.plaintext.read(path, mode="static")
    words = lines.select(word=pw.apply_with_type(lambda line: line.split(), list[str], pw.this.data))
    words = words.flatten(pw.this.word)
    counts = words.groupby(pw.this.word).reduce(pw.this.word, count=pw.reducers.count())
    pw.io.null.write(counts)
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


if __name__ == "__main__":
    main(sys.argv[2])
