"""Models from files: one copy a machine, one instance a process, and a new one when the file changes."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock import models
from penstock.models.cache import Cache, Changed
from penstock.models.files import file_at


class Text:
    """What the tests load: an object for each call of the loader."""

    def __init__(self, path: str) -> None:
        self.text = Path(path).read_text()


class Server(http.server.ThreadingHTTPServer):
    """A web server with one file, which counts what it is asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.content, self.asked = b"first", {"HEAD": 0, "GET": 0}
        self.url = f"http://user:secret@127.0.0.1:{self.server_port}/models/m.txt?signature=secret"


class Answers(http.server.BaseHTTPRequestHandler):
    server: Server

    def answer(self) -> bytes:
        self.server.asked[self.command] += 1
        content = self.server.content
        self.send_response(200 if content else 404)
        self.send_header("ETag", f'"{content.decode()}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return content

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.wfile.write(self.answer())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # urllib does not take what stands before the @ for credentials of a request.
        server.url = server.url.replace("user:secret@", "")
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("PENSTOCK_MODELS_CACHE", str(folder))
    return folder


def until(condition: Callable[[], object]) -> None:
    """Waits for what another thread does; the test's own timeout is the limit."""
    waiting = threading.Event()
    while not condition():
        waiting.wait(0.01)


def test_one_instance_and_one_download(server: Server) -> None:
    loaders = [lambda path: Text(path) for _ in range(2)]
    first, again = (models.load(server.url, loader) for loader in (Text, Text))
    assert first is again and first.text == "first"
    assert server.asked["GET"] == 1
    # Another loader makes another instance, of the same copy.
    other = models.load(server.url, loaders[0])
    assert other is not first and other.text == "first"
    assert server.asked["GET"] == 1


def test_processes_share_a_copy(server: Server, cache: Path) -> None:
    script = f"from penstock import models; print(models.load({server.url!r}, open).read())"
    runs = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [run.communicate()[0] for run in runs] == ["first\n"] * 3
    assert server.asked["GET"] == 1
    assert [path.read_text() for path in cache.rglob("m.txt")] == ["first"]


def test_a_changed_file_takes_the_place_of_the_old_one_between_two_calls(server: Server) -> None:
    watched = models.watch(server.url, Text, interval=0.01)
    held, before = watched.model, watched.version
    server.content = b"second"
    until(lambda: watched._shared.latest[1] == "second")
    assert watched.version == before == "first", "the task has not asked yet"
    assert watched.model.text == "second" and watched.version == "second"
    assert held.text == "first"
    watched.close()


def test_what_cannot_be_loaded_leaves_the_model_as_it_is(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    def loader(path: str) -> str:
        if Path(path).read_text() == "broken":
            raise ValueError("no model")
        return Path(path).read_text()

    watched = models.watch(server.url, loader, interval=0.01)
    server.content = b"broken"
    until(lambda: "no model" in caplog.text)
    server.content = b""
    until(lambda: "there is no file" in caplog.text)
    assert watched.model == "first"
    assert "secret" not in caplog.text, "a signed URL is no thing for a log"
    server.content = b"third"
    until(lambda: watched.model == "third")
    watched.close()
    assert caplog.text.count("no model") == 1, "said once"


class Context:
    """The part of a runtime context that models use, as a restored one has it."""

    def __init__(self, restored: dict[str, str]) -> None:
        self._native, self.restored, self.stored = self, restored, dict[str, str]()

    def model_version(self, model: str) -> str | None:
        return self.restored.get(model)

    def set_model_version(self, model: str, version: str) -> None:
        self.stored[model] = version


def test_a_restored_task_begins_with_its_version_and_follows_later(server: Server) -> None:
    name = server.url.partition("?")[0]
    running = Context({})
    models.watch(server.url, Text, interval=None, runtime_context=running)  # type: ignore[arg-type]
    assert running.stored == {name: "first"}
    server.content = b"second"
    restored = Context(running.stored)
    watched = models.watch(server.url, lambda path: Text(path), interval=0.05, runtime_context=restored)  # type: ignore[arg-type]
    assert (watched.model.text, watched.version) == ("first", "first")
    until(lambda: watched.model.text == "second")
    assert restored.stored == {name: "second"}
    watched.close()


def test_a_version_that_is_gone_is_said(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    context = Context({server.url.partition("?")[0]: "zeroth"})
    watched = models.watch(server.url, Text, interval=None, runtime_context=context)  # type: ignore[arg-type]
    assert watched.version == "first"
    assert "has changed and there is no copy of its version zeroth" in caplog.text


def test_the_cache_is_bounded_and_keeps_what_is_read(tmp_path: Path, cache: Path) -> None:
    small = Cache(cache, 10)
    files = [tmp_path / name for name in ("a", "b", "c")]
    for file in files:
        file.write_text(file.name * 4)
    first, second, third = (file_at(str(file)) for file in files)
    with small.copy_of(first, first.version()) as held:
        with small.copy_of(second, second.version()):
            pass
        with small.copy_of(third, third.version()):
            pass
        assert held.read_text() == "aaaa"
    kept = sorted(path.name for path in cache.glob("*/*/*"))
    assert kept == ["a", "c"], "the oldest that nobody reads has gone"
    large = tmp_path / "large"
    large.write_text("x" * 11)
    with (
        pytest.raises(OSError, match="larger than the 10 bytes"),
        small.copy_of(file_at(str(large)), file_at(str(large)).version()),
    ):
        pass


def test_names_lead_nowhere_else(tmp_path: Path, cache: Path) -> None:
    for url in ("/x/..", "/x/.hidden", "http://h/%2e%2e%2fpasswd", "http://h/a%00b"):
        name = file_at(url).name
        assert "/" not in name and not name.startswith(".") and "\0" not in name
    file = tmp_path / "m"
    file.write_text("x")
    with Cache(cache, 10).copy_of(file_at(str(file)), file_at(str(file)).version()) as path:
        assert path.resolve().is_relative_to(cache.resolve())
    cache.chmod(0o777)
    with (
        pytest.raises(PermissionError, match="others may write there"),
        Cache(cache, 10).copy_of(file_at(str(file)), "y"),
    ):
        pass


def test_a_file_that_changes_while_it_is_asked_for_is_no_other_version(tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "m"
    file.write_text("one")
    version = file_at(str(file)).version()
    file.write_text("three")
    with pytest.raises(Changed), Cache(cache, 10).copy_of(file_at(str(file)), version):
        pass
    assert not list(cache.rglob("part"))


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        models.load(str(tmp_path / "none"), Text)
    with pytest.raises(ValueError, match="ftp:// is no place for a model"):
        models.load("ftp://host/m", Text)
    with pytest.raises(TypeError, match="a URL and a callable loader"):
        models.load("/m", 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="interval is"):
        (tmp_path / "m").write_text("x")
        models.watch(str(tmp_path / "m"), Text, interval=0)
