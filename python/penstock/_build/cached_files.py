"""Files that a job's functions find by name, as the option `pipeline.cached-files` lists them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Mapping
from urllib.parse import unquote, urlparse

from penstock.common.configuration import Configuration

KEY = "pipeline.cached-files"

# Local copies by what was asked for, so that all jobs of the script share them.
_copies: dict[tuple[str, bool], str] = {}


def register(config: Configuration, path: str, name: str, executable: bool) -> None:
    """Add a file to the option. Raises FileNotFoundError if it is not there."""
    for text in (path, name):
        if not isinstance(text, str) or not text or set(text) & set(",;"):
            raise ValueError(f"register_cached_file: {text!r} is no path or name without commas and semicolons")
    local = _local(path)
    if not os.path.exists(local):
        raise FileNotFoundError(f"register_cached_file: there is no {local}")
    known = [entry for entry in config.get_string(KEY, "").split(";") if entry and _fields(entry)["name"] != name]
    entry = f"name:{name},path:{path},executable:{str(executable).lower()}"
    config.set_string(KEY, ";".join([*known, entry]))


def provide(configuration: Mapping[str, str]) -> dict[str, str]:
    """Paths of local copies by name. Functions see a file as it was when the first job with it was run."""
    found = {}
    for entry in configuration.get(KEY, "").split(";"):
        if entry.strip():
            fields = _fields(entry)
            found[fields["name"]] = _copy(_local(fields["path"]), fields.get("executable", "").lower() == "true")
    return found


def _fields(entry: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in entry.split(","))
    fields = {key.strip(): value.strip() for key, _, value in pairs}
    if not fields.get("name") or not fields.get("path"):
        raise ValueError(f"{KEY}: {entry!r} has no name and path; write name:NAME,path:PATH")
    return fields


def _local(path: str) -> str:
    url = urlparse(path)
    if url.scheme not in ("", "file"):
        raise ValueError(f"{KEY}: {path} is not a file of this machine; fetch it first, or open it in the function")
    return os.path.abspath(unquote(url.path) if url.scheme else path)


def _copy(path: str, executable: bool) -> str:
    made = _copies.get((path, executable))
    if made is not None:
        return made
    folder = tempfile.mkdtemp(prefix="penstock-cached-files-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = os.path.join(folder, os.path.basename(path))
    if os.path.isdir(path):
        shutil.copytree(path, copy)
    else:
        shutil.copyfile(path, copy)
        os.chmod(copy, 0o700 if executable else 0o600)
    _copies[path, executable] = copy
    return copy
