"""`matrix.toml` tells the truth: its cells name scripts, no script is left out, and its products are shown in full."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import pytest
from conformance_cases import EXPECTED, all_cases, load, read_recording

MATRIX = load("matrix.toml")
KNOWN = {case.id for case in all_cases()}
Cell = tuple[tuple[str, str], ...]
"""A value for each axis of a product."""


def cells(axes: dict[str, list[str]], entry: dict[str, Any]) -> Iterator[Cell]:
    """The cells that an entry speaks of: where it does not name an axis, all values of that axis."""
    for values in product(*(entry.get(axis, axes[axis]) for axis in axes)):
        yield tuple(zip(axes, values, strict=True))


def entries(name: str, kind: str) -> Iterator[tuple[dict[str, Any], Cell]]:
    """The entries of one kind (`shown`, `silent`, `impossible`) in a product, each with each of its cells."""
    axes = MATRIX["products"][name]["axes"]
    for entry in MATRIX["products"][name].get(kind, []):
        for cell in cells(axes, entry):
            yield entry, cell


def script_of(entry: dict[str, Any], cell: Cell) -> str:
    """The script that shows a cell; what an axis calls `a b` is `a_b` in the name of a script."""
    return str(entry["script"].format_map({axis: value.replace(" ", "_") for axis, value in cell}))


@cache
def recorded_lines(script: str) -> list[str]:
    """What Flink printed."""
    return read_recording(EXPECTED / f"{script}.txt").splitlines()


def scripts_of_products() -> set[str]:
    """Every script that some cell of some product names."""
    return {script_of(entry, cell) for name in MATRIX["products"] for entry, cell in entries(name, "shown")}


def test_matrix_cells_name_scripts() -> None:
    for feature, columns in MATRIX["features"].items():
        assert set(columns) <= set(MATRIX["columns"]), feature
        for column, scripts in columns.items():
            assert scripts, f"{feature}, {column} is empty"
            assert set(scripts) <= KNOWN, f"{feature}, {column}"


def test_every_script_is_in_the_matrix() -> None:
    named = {script for cells in MATRIX["features"].values() for scripts in cells.values() for script in scripts}
    assert named | scripts_of_products() == KNOWN


@pytest.mark.parametrize("name", MATRIX["products"])
def test_entries_of_a_product_name_its_axes(name: str) -> None:
    axes = MATRIX["products"][name]["axes"]
    for kind, own in (("shown", {"script", "label"}), ("silent", {"reason"}), ("impossible", {"reason"})):
        for entry in MATRIX["products"][name].get(kind, []):
            assert own <= set(entry) <= own | set(axes), entry
            for axis in set(entry) - own:
                assert set(entry[axis]) <= set(axes[axis]), entry


@pytest.mark.parametrize("name", MATRIX["products"])
def test_every_cell_of_a_product_is_shown_or_impossible(name: str) -> None:
    shown = {cell for _, cell in entries(name, "shown")}
    impossible = {cell for _, cell in entries(name, "impossible")}
    assert not shown & impossible
    assert shown | impossible == set(cells(MATRIX["products"][name]["axes"], {}))


@pytest.mark.parametrize("name", MATRIX["products"])
def test_flink_printed_something_in_every_cell_that_is_shown(name: str) -> None:
    silent = {cell for _, cell in entries(name, "silent")}
    for entry, cell in entries(name, "shown"):
        label = entry["label"].format_map(dict(cell))
        printed = any(line.startswith(label) for line in recorded_lines(script_of(entry, cell)))
        assert printed != (cell in silent), f"{label} in {script_of(entry, cell)}"


@pytest.mark.parametrize("name", MATRIX["products"])
def test_what_is_not_shown_has_a_reason(name: str) -> None:
    for kind in ("silent", "impossible"):
        for entry, _ in entries(name, kind):
            assert len(entry["reason"]) > 40, f"{name} has no reason worth the name"
