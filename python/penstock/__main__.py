"""`python -m penstock job.py` is `penstock run job.py`."""

import sys

from penstock._cli.main import COMMANDS, main

if __name__ == "__main__":
    arguments = sys.argv[1:]
    if not arguments or (arguments[0] not in COMMANDS and arguments[0] not in ("-h", "--help", "--version")):
        arguments = ["run", *arguments]
    sys.exit(main(arguments))
