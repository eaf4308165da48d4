"""The script that is run: as it was published, if its text is at hand, and otherwise the example of this repository."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "PENSTOCK_ARTICLE"
EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "realtime_sessions.py"
HEADING, FIRST_LINE, AFTER_LAST_LINE = "PyFlink Kafka job example", "import json", "Enter fullscreen mode"

IN, OUT, GROUP = "events.raw", "events.enriched", "realtime-sessions-v1"


def write_script(folder: Path, bootstrap: str, checkpoints: str, interval: int) -> Path:
    """The script in this folder, with nothing but its addresses and the interval of its checkpoints substituted."""
    code = source()
    for old, new in [
        ('"kafka:9092"', f'"{bootstrap}"'),
        ("s3://my-bucket/flink/checkpoints/realtime-sessions", checkpoints),
        ('"60 s"', f'"{interval} s"'),
        ("enable_checkpointing(60_000)", f"enable_checkpointing({interval}_000)"),
    ]:
        assert old in code, f"the script does not contain {old}"
        code = code.replace(old, new)
    script = folder / "realtime_sessions.py"
    script.write_text(code, encoding="utf-8")
    return script


def origin() -> Path:
    """Where it is taken from; PENSTOCK_ARTICLE names a text that has it between a heading and a closing line."""
    return Path(os.environ.get(VARIABLE) or EXAMPLE)


def source() -> str:
    """The script as it is there."""
    text = origin().read_text(encoding="utf-8")
    return text if origin() == EXAMPLE else cut_out(text)


def cut_out(article: str) -> str:
    """The lines from the first `import json` after the heading up to the closing line.

    >>> cut_out("x\\nPyFlink Kafka job example (1)\\ntext\\nimport json\\nmain()\\nEnter fullscreen mode Exit\\ny\\n")
    'import json\\nmain()\\n'
    """
    lines = iter(article.splitlines(keepends=True))
    assert any(line.startswith(HEADING) for line in lines), f"no heading {HEADING!r}"
    assert any(line.strip() == FIRST_LINE for line in lines), f"no line {FIRST_LINE!r} after the heading"
    script = [FIRST_LINE + "\n"]
    for line in lines:
        if line.startswith(AFTER_LAST_LINE):
            return "".join(script)
        script.append(line)
    raise AssertionError(f"no line {AFTER_LAST_LINE!r} after the script")
