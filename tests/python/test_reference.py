"""The reference that is written from docstrings."""

from __future__ import annotations

from pathlib import Path

import api_reference


def test_every_public_name_has_a_docstring() -> None:
    entries = [(module, entry) for module in api_reference.modules() for entry in api_reference.entries(module)]
    assert len(entries) > 500
    assert [f"{module.__name__}.{entry.name}" for module, entry in entries if not entry.doc] == []


def test_pages(tmp_path: Path) -> None:
    api_reference.main(tmp_path)
    listed = (tmp_path / "README.md").read_text()
    assert "[penstock.datastream.data_stream](penstock.datastream.data_stream.md): Streams of records" in listed
    streams = (tmp_path / "penstock.datastream.data_stream.md").read_text()
    assert "### `DataStream.key_by(key_selector: " in streams and "### `DataStream.uid(uid: str)" in streams
    environment = (tmp_path / "penstock.datastream.stream_execution_environment.md").read_text()
    assert "```python\nenv = StreamExecutionEnvironment.get_execution_environment()" in environment
    assert "- `BATCH`" in (tmp_path / "penstock.datastream.execution_mode.md").read_text()
