"""Files of a job, in its functions."""

from __future__ import annotations

from collections.abc import Mapping


class DistributedCache:
    """The files that the script has registered. PyFlink registers them, too, but its functions cannot ask for them.

        env.register_cached_file("/data/stop_words.txt", "stop words")
        # and in a function:
        def open(self, runtime_context):
            path = runtime_context.get_distributed_cache().get_file("stop words")

    `files` are paths by name.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def get_file(self, name: str) -> str:
        """Path of a local copy of the file, or of the folder. Raises KeyError, naming what there is, for others."""
        if name not in self._files:
            known = ", ".join(map(repr, sorted(self._files))) or "none"
            raise KeyError(f"no file {name!r} was registered with register_cached_file; there are: {known}")
        return self._files[name]
