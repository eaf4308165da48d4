"""What a job brings along: JARs, which become built-in connectors, and Python files."""

from __future__ import annotations

from penstock._build import cached_files, python_dependencies
from penstock._build.jars import connector_of
from penstock.common.configuration import Configuration


class Dependencies:
    """The methods of an environment that take a job's dependencies."""

    _config: Configuration

    def add_jars(self, *jars_path: str) -> None:
        """Accepted: connectors are built in. One log line says which is used instead of each JAR."""
        self._jars("pipeline.jars", jars_path)

    def add_classpaths(self, *classpaths: str) -> None:
        """Accepted: connectors are built in. One log line says which is used instead of each JAR."""
        self._jars("pipeline.classpaths", classpaths)

    def add_python_file(self, file_path: str) -> None:
        """Make a Python file, a package or a zip of them importable in functions."""
        python_dependencies.add_python_file(self._config, file_path)

    def set_python_requirements(self, requirements_file_path: str, requirements_cache_dir: str | None = None) -> None:
        """The packages that functions need. They have to be installed: a missing one is an error that names it."""
        python_dependencies.set_python_requirements(self._config, requirements_file_path, requirements_cache_dir)

    def add_python_archive(self, archive_path: str, target_dir: str | None = None) -> None:
        """An archive that functions find unpacked in their working directory, in `target_dir` or under its own name."""
        python_dependencies.add_python_archive(self._config, archive_path, target_dir)

    def set_python_executable(self, python_exec: str) -> None:
        """Accepted: functions run in the interpreter that runs the script."""
        self._config.set_string("python.executable", python_exec)
        self._note("set_python_executable", "functions run in the interpreter that runs the script")

    def register_cached_file(self, file_path: str, name: str, executable: bool = False) -> None:
        """A file or folder that functions find by its name: `runtime_context.get_distributed_cache().get_file(name)`.

        They see a copy. `file_path` is a path or `file:` URL; raises FileNotFoundError if nothing is there.
        """
        cached_files.register(self._config, file_path, name, executable)

    def _jars(self, key: str, paths: tuple[str, ...]) -> None:
        for path in paths:
            if not isinstance(path, str):
                raise TypeError(f"a JAR is given by its URL, a str, not by {path!r}")
            self._note(path, connector_of(path))
        known = Configuration.parse_list_value(self._config.get_string(key, ""))
        self._config.set_string(key, ";".join([*known, *paths]))

    def _note(self, about: str, note: str) -> None:
        raise NotImplementedError
