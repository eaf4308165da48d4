"""An annotation only chooses how values are sent: what arrives is the same without."""

from __future__ import annotations

from pathlib import Path

import pytest

from job_scripts import Scripts

SCRIPT = Path(__file__).resolve().parent / "jobs" / "records.py"


@pytest.mark.parametrize("options", [("-p", "1"), ("-p", "2"), ("-D", "penstock.testing.serialize-exchange=true")])
def test_what_arrives(tmp_path: Path, options: tuple[str, ...]) -> None:
    def lines(*arguments: str) -> list[str]:
        out = Scripts(tmp_path).run("run", *options, str(SCRIPT), *arguments).succeeded()
        return sorted(line.rpartition("> ")[2] for line in out.splitlines())

    annotated = lines()
    assert len(annotated) == 5 * 6 + 3
    assert annotated == lines("bare")
    assert "stateful Stateful(value=1)" not in annotated, "what has a say in its pickles still has it"
    assert "pair Pair(left=[1, 'changed'], right=[1, 'changed'])" in annotated, "one list is still one list"
