"""The demonstration behind `make demo`: the realtime-sessions job on an embedded Kafka.

Starts `penstock dev kafka`, writes sample events, runs examples/realtime_sessions.py with the addresses of this run and
prints the enriched events as they arrive. Ends when all have arrived, and leaves nothing behind.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE.parent.parent / "examples" / "realtime_sessions.py"
IN, OUT, PARTITIONS = "events.raw", "events.enriched", 4
EVENTS, SHOWN = 200, 12
DEADLINE = time.monotonic() + 60


class DemoError(Exception):
    """The demonstration cannot go on; the message says why."""


class Process:
    """One `penstock` command, its output in a file."""

    def __init__(self, folder: Path, name: str, *arguments: str) -> None:
        self.name = name
        self._output = folder / f"{name}.out"
        self._errors = folder / f"{name}.log"
        with self._output.open("wb") as stdout, self._errors.open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "penstock", *arguments], stdout=stdout, stderr=stderr, cwd=folder
            )

    def lines(self) -> list[str]:
        """The whole lines written so far."""
        return self._output.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()

    def ended(self) -> bool:
        """Has it ended well? Raises DemoError if it has failed."""
        status = self._process.poll()
        if status:
            raise DemoError(f"{self.name} ended with status {status}:\n{self._last_words()}")
        return status == 0

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _last_words(self) -> str:
        return "\n".join([*self.lines(), *self._errors.read_text(errors="replace").splitlines()][-30:])


@contextmanager
def running(folder: Path, name: str, *arguments: str) -> Iterator[Process]:
    process = Process(folder, name, *arguments)
    try:
        yield process
    finally:
        process.stop()


def until(reached: Callable[[], bool], what: str, *needed: Process) -> None:
    """Wait until `reached`; a process of `needed` that ends meanwhile is an error."""
    while not reached():
        for process in needed:
            if process.ended():
                raise DemoError(f"{process.name} ended before {what}")
        if time.monotonic() > DEADLINE:
            raise DemoError(f"gave up waiting until {what}")
        time.sleep(0.05)


def address_of(kafka: Process) -> str:
    """The address that `penstock dev kafka` prints: the first word with a port."""
    until(lambda: any(":" in line for line in kafka.lines()), "it printed its address", kafka)
    words = " ".join(kafka.lines()).split()
    return next(word for word in words if word.rpartition(":")[2].isdigit())


def script_for(folder: Path, bootstrap: str) -> Path:
    """The example with the addresses of this run, and checkpoints often enough to be watched."""
    code = EXAMPLE.read_text(encoding="utf-8")
    for old, new in [
        ('"kafka:9092"', f'"{bootstrap}"'),
        ("s3://my-bucket/flink/checkpoints/realtime-sessions", (folder / "checkpoints").as_uri()),
        ('"60 s"', '"1 s"'),
        ("enable_checkpointing(60_000)", "enable_checkpointing(1_000)"),
    ]:
        if old not in code:
            raise DemoError(f"{EXAMPLE.name} does not contain {old} any more: adapt {Path(__file__).name}")
        code = code.replace(old, new)
    script = folder / EXAMPLE.name
    script.write_text(code, encoding="utf-8")
    return script


def say(text: str) -> None:
    print(text, flush=True)


def show_arriving(show: Process, *needed: Process) -> list[str]:
    """Print the first events as they arrive, return all of them."""
    shown = 0

    def all_arrived() -> bool:
        nonlocal shown
        lines = show.lines()
        for line in lines[shown:SHOWN]:
            say(f"   {line}")
        shown = min(len(lines), SHOWN)
        return len(lines) >= EVENTS

    until(all_arrived, f"{EVENTS} events had arrived", show, *needed)
    return show.lines()


def check(events: list[str]) -> int:
    """Every user's events are counted 1, 2, 3 … without a gap; returns the number of users."""
    counts: dict[str, list[int]] = {}
    for event in map(json.loads, events):
        counts.setdefault(event["user_id"], []).append(event["rolling_count"])
    for user, seen in counts.items():
        if sorted(seen) != list(range(1, len(seen) + 1)):
            raise DemoError(f"the events of {user} are counted {sorted(seen)}")
    return len(counts)


def demonstrate(folder: Path, processes: ExitStack) -> None:
    began = time.monotonic()

    def start(name: str, *arguments: str) -> Process:
        return processes.enter_context(running(folder, name, *arguments))

    topics = [f"--topic={topic}:{PARTITIONS}" for topic in (IN, OUT)]
    kafka = start("kafka", "dev", "kafka", *topics)
    bootstrap = address_of(kafka)
    say(f"An embedded Kafka listens on {bootstrap}.")

    script = script_for(folder, bootstrap)
    say(f"Running {EXAMPLE.relative_to(HERE.parent.parent)} with that address; {EVENTS} events go into {IN}.")
    job = start("job", "run", str(script))
    writer = start("writer", str(HERE / "write_events.py"), bootstrap, IN, str(EVENTS))
    until(writer.ended, "all events were written", kafka, job)

    say(f"The enriched events as they arrive in {OUT}:")
    show = start("show", str(HERE / "show_events.py"), bootstrap, OUT)
    events = show_arriving(show, kafka, job)
    users = check(events)
    say(f"   ... and {len(events) - SHOWN} more")
    say(
        f"{EVENTS} events in, {len(events)} out, {users} users counted without a gap, {time.monotonic() - began:.1f} s."
    )


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="penstock-demo-") as folder, ExitStack() as processes:
        try:
            demonstrate(Path(folder), processes)
        except DemoError as error:
            print(f"The demonstration failed: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
