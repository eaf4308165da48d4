"""One pass of the recorder: runs scripts one after the other in this interpreter, which has one JVM for all of them.

    python flink_pass.py REPORT < cases.jsonl > OUTPUT

Starting a JVM takes longer than any script, so a pass shares one, and with it the working directory; the recorder
makes three passes. Standard output is a file that the JVM and Python both append to. For every script a JSON line in
REPORT says which bytes of it are the script's and how the script ended.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any


def run_script(script: str, args: list[str]) -> str | None:
    """Runs `script` as `__main__`; what went wrong if it failed."""
    sys.argv = [script, *args]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as stop:
        return None if stop.code in (None, 0) else f"exit code {stop.code}"
    except BaseException:
        return traceback.format_exc()
    finally:
        sys.stdout.flush()
    return None


def run_case(case: dict[str, Any]) -> dict[str, Any]:
    """Runs one case; where its output starts and ends, and what went wrong."""
    start = os.fstat(1).st_size
    failure = run_script(case["script"], case["args"])
    return {"id": case["id"], "start": start, "end": os.fstat(1).st_size, "failure": failure}


def main() -> None:
    """Runs the cases of standard input and reports on each as soon as it is done."""
    cases = [json.loads(line) for line in sys.stdin]
    with Path(sys.argv[1]).open("a", encoding="utf-8") as report:
        for case in cases:
            report.write(json.dumps(run_case(case)) + "\n")
            report.flush()


if __name__ == "__main__":
    main()
