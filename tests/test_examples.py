"""The examples in docstrings and in the documents run, and give what is printed beside them."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
SERVICES = {
    "kafka:9092": "kafka",
    "postgresql://postgres:5432/test": "postgres",
    "redis://redis:6379/0": "redis",
    "http://registry:8081": "schema_registry",
}
"""What documents call the services, and the fixtures that run them."""
ADDRESSES = {"kafka": "bootstrap", "postgres": "url", "redis": "url", "schema_registry": "url"}
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def modules_with_examples() -> list[str]:
    """The modules of the installed package, and of our own tooling, whose docstrings show examples."""
    found = importlib.util.find_spec("penstock")
    roots = [Path(place) for place in (found.submodule_search_locations or [])] if found else []
    names = [module_name(path, root) for root in roots for path in sorted(root.rglob("*.py")) if has_examples(path)]
    ours = ["crate_graph", "demo_configmap.deployed", "demo_configmap.traffic", "services", "system.job_process"]
    return [*names, *ours, "system.realtime_sessions.script", "time_table"]


def has_examples(path: Path) -> bool:
    return ">>> " in path.read_text(encoding="utf-8")


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("name", modules_with_examples())
def test_docstrings(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0, "see the captured output"


class Snippet(NamedTuple):
    """A fenced block of Python in a document.

    `output` is the block of text right below it, if there is one; `tables` the last block of SQL above it.
    """

    document: str
    line: int
    code: str
    output: str | None
    tables: str | None

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def snippets() -> list[Snippet]:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")]
    return [snippet for path in sorted(documents) for snippet in snippets_of(path)]


def snippets_of(path: Path) -> list[Snippet]:
    text = path.read_text(encoding="utf-8")
    blocks = list(FENCE.finditer(text))
    found: list[Snippet] = []
    tables = None
    for block, following in zip_longest(blocks, blocks[1:]):
        if block[1] == "sql":
            tables = block[2]
        if block[1] == "python":
            line = text[: block.start()].count("\n") + 1
            shown = following is not None and following[1] == "text" and between_is_short(text, block, following)
            output = following[2] if shown and following is not None else None
            found.append(Snippet(str(path.relative_to(ROOT)), line, block[2], output, tables))
    return found


def between_is_short(text: str, block: re.Match[str], following: re.Match[str]) -> bool:
    """Is there at most one paragraph ("which prints") between the code and what it prints?"""
    return text[block.end() : following.start()].strip().count("\n\n") == 0


@pytest.mark.parametrize("snippet", snippets(), ids=str)
def test_documents(snippet: Snippet, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Each snippet is a job script; the addresses of services in it become those of the tests' servers."""
    code = snippet.code
    if snippet.tables is not None:
        request.getfixturevalue("postgres").query(snippet.tables)
    for shown, service in SERVICES.items():
        if shown in code:
            code = code.replace(shown, getattr(request.getfixturevalue(service), ADDRESSES[service]))
    script = tmp_path / "job.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "penstock", script], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    if snippet.output is not None:
        assert done.stdout.strip() == snippet.output.strip()
