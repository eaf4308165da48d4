"""What holds for every file of the repository, and for the graph of its crates."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from crate_graph import parse_rules, violations

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 1_000_000

# Each pattern is written so that it does not match itself.
FORBIDDEN = {
    "a path of somebody's machine": r"(?<![\w.$}~])/(?:home|root|Users)/\w",
    "the host of a package registry": r"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|crates\.io|maven|golang|artifactory|nexus)",
    "the setting of a package registry": r"(?:extra-)?index-url\s*=|find-links\s*=|replace-with\s*=",
    "unfinished work": r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|\b(?:todo|unimplemented|dbg)!\(",
    "a merge conflict": r"^(?:<{7}|>{7}) ",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY",
}


def repository_files() -> list[Path]:
    """All files that are, or are about to be, under version control."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True
    )
    if listing.returncode != 0:
        pytest.skip("not a git clone: which files belong to the repository is unknown")
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str | None:
    """The file's text, or None where it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def findings(pattern: str) -> list[str]:
    """Every line of the repository that the pattern matches, as file:line: text."""
    found = []
    for path in repository_files():
        for number, line in enumerate((text_of(path) or "").splitlines(), start=1):
            if re.search(pattern, line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(what: str) -> None:
    assert not findings(FORBIDDEN[what]), what


def test_no_file_names_the_place_of_this_clone() -> None:
    assert not findings(re.escape(str(ROOT)) + r"\b")


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a path of somebody's machine", 'open("/home' + '/ada/job.py")'),
        ("the host of a package registry", "https:" + "//pypi.example.org/simple"),
        ("unfinished work", "# TO" + "DO: later"),
        ("a merge conflict", "<" * 7 + " HEAD"),
    ],
)
def test_the_patterns_find_what_they_are_for(what: str, line: str) -> None:
    assert re.search(FORBIDDEN[what], line)


def test_no_file_is_too_large_to_read() -> None:
    large = [f"{path.relative_to(ROOT)}: {path.stat().st_size}" for path in repository_files()]
    assert not [entry for entry in large if int(entry.rsplit(" ", 1)[1]) > LONGEST]


def test_the_only_registry_of_the_lock_file_is_the_public_one() -> None:
    locks = [path for path in repository_files() if path.name == "Cargo.lock"]
    assert locks == [ROOT / "Cargo.lock"]
    sources = set(re.findall(r'^source = "(.*)"$', locks[0].read_text(), flags=re.MULTILINE))
    assert sources == {"registry+https://github.com/rust-lang/" + "crates.io-index"}


def test_shell_scripts_parse_and_can_be_run() -> None:
    scripts = [path for path in repository_files() if (text_of(path) or "").startswith("#!/usr/bin/env bash")]
    assert scripts
    for script in scripts:
        assert script.stat().st_mode & 0o111, f"{script.relative_to(ROOT)} is not executable"
        parsed = subprocess.run(["bash", "-n", script], capture_output=True, text=True)
        assert parsed.returncode == 0, parsed.stderr


def test_the_crate_graph_is_as_allowed() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "scripts" / "crate_graph.py"], cwd=ROOT, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


def test_an_arrow_that_is_not_allowed_is_found() -> None:
    rules = parse_rules((ROOT / "rust" / "allowed-arrows.txt").read_text())
    crates = frozenset({"core", "runtime", "connectors", "python"})
    new = [("runtime", "connectors"), ("core", "pyo3"), ("python", "pyo3"), ("runtime", "core")]
    assert violations(new, crates, rules) == [
        "runtime -> connectors is a new arrow between crates",
        "core names pyo3, which only python may",
    ]
