"""Python files, packages and archives that a job's functions need, as options of the configuration."""

from __future__ import annotations

import os
import sys

from penstock.common.configuration import Configuration


def add_python_file(config: Configuration, file_path: str) -> None:
    """Make a file, package directory or zip importable, here and where the functions run."""
    path = _existing(file_path, "add_python_file")
    _append(config, "python.files", path)
    folder = os.path.dirname(path) if path.endswith(".py") else path
    if folder not in sys.path:
        sys.path.insert(0, folder)


def set_python_requirements(config: Configuration, requirements: str, cache_dir: str | None) -> None:
    """Note the requirements file, and where its packages lie."""
    path = _existing(requirements, "set_python_requirements")
    text = path
    if cache_dir is not None:
        text += f"#{_existing(cache_dir, 'set_python_requirements')}"
    config.set_string("python.requirements", text)


def add_python_archive(config: Configuration, archive_path: str, target_dir: str | None) -> None:
    """Note the archive, and the folder that it is unpacked to."""
    path = _existing(archive_path, "add_python_archive")
    _append(config, "python.archives", f"{path}#{target_dir}" if target_dir else path)


def _append(config: Configuration, key: str, value: str) -> None:
    known = config.get_string(key, "")
    config.set_string(key, f"{known},{value}" if known else value)


def _existing(path: str, method: str) -> str:
    absolute = os.path.abspath(path)
    if not os.path.exists(absolute):
        raise FileNotFoundError(f"{method}: there is no {absolute}")
    return absolute
