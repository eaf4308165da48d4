"""On a terminal: a live line while a job runs, a summary when it has ended. Elsewhere: nothing of it."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from job_scripts import ENVIRONMENT, Scripts
from penstock._cli.status_line import amount, line
from penstock._cli.terminal import BottomLine

JOB = (
    ENVIRONMENT
    + """
import time
class Slow(MapFunction):
    def open(self, context):
        self.big = context.get_metrics_group().add_group("sizes").counter("big")
    def map(self, value):
        time.sleep(0.1)
        self.big.inc()
        return value
env.from_collection(list(range(20))).map(Slow()).name("slow").print()
env.execute("job")
"""
)


def on_a_terminal(scripts: Scripts, *arguments: str, rows: int = 24) -> tuple[int, str, str]:
    """Run with standard error on a terminal; exit status, standard output, what the terminal got."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 100, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "penstock", *arguments],
        cwd=scripts.folder,
        env={**os.environ, "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=follower,
        text=True,
    )
    os.close(follower)
    shown = everything_from(leader)
    out, _ = process.communicate(timeout=60)
    return process.returncode, out, shown


def everything_from(terminal: int) -> str:
    """What comes until the other end is closed."""
    parts: list[bytes] = []
    try:
        while part := os.read(terminal, 4096):
            parts.append(part)
    except OSError:  # how Linux tells that the other end is closed
        pass
    os.close(terminal)
    return b"".join(parts).decode()


def test_a_job_on_a_terminal(scripts: Scripts) -> None:
    scripts.write(JOB)
    code, out, shown = on_a_terminal(scripts, "run", "job.py")
    assert (code, out.count("\n")) == (0, 20)
    assert shown.startswith("\r\n\x1b[1A\x1b7\x1b[1;23r\x1b8"), "the last line is taken"
    live = re.findall(r"\x1b7\x1b\[24;1H\x1b\[2K(.+?)\x1b8", shown)
    rates = r"[\d.]+( k)?/s [\d.]+ k?B/s"
    assert live and all(re.fullmatch(rf"RUNNING \| in {rates} \| out {rates}", text) for text in live), live
    assert any(re.search(r"out \S+( k)?/s [1-9][\d.]* B/s", text) for text in live), "what print() writes is counted"
    end = shown[shown.index("\x1b7\x1b[r\x1b[24;1H\x1b[2K\x1b8") :]
    assert re.search(r"8FINISHED after \d\.\d s: 20 records in, 20 out\r\n", end)
    assert re.search(r"^  slow: sizes.big = 20\r$", end, re.MULTILINE)
    assert "INFO" not in shown


def test_a_terminal_without_a_size_gets_the_summary_alone(scripts: Scripts) -> None:
    scripts.write(JOB)
    _, _, shown = on_a_terminal(scripts, "run", "job.py", rows=0)
    assert "\x1b" not in shown and shown.startswith("FINISHED after")


def test_an_error_on_a_terminal(scripts: Scripts) -> None:
    scripts.write(ENVIRONMENT + "env.from_collection([0]).map(lambda n: 1 // n).print()\nenv.execute('job')\n")
    code, _, shown = on_a_terminal(scripts, "run", "job.py")
    assert code == 1
    assert shown.count("ZeroDivisionError") == 1, shown
    assert shown.index("FAILED after") < shown.index("Traceback")


def test_no_terminal(scripts: Scripts) -> None:
    scripts.write(JOB)
    outcome = scripts.run("run", "job.py")
    outcome.succeeded()
    assert "\x1b" not in outcome.err and "records in" not in outcome.err


def test_the_line_follows_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    size = os.terminal_size((10, 24))
    terminal = io.StringIO()
    bottom = BottomLine(terminal, lambda: size)
    bottom.show("a text that is long")
    assert terminal.getvalue().endswith("\x1b7\x1b[24;1H\x1b[2Ka text th\x1b8")
    size = os.terminal_size((80, 30))
    bottom.show("text")
    assert "\x1b[r\x1b[24;1H\x1b[2K" in terminal.getvalue(), "the old line is given back"
    assert terminal.getvalue().endswith("\x1b[1;29r\x1b8\x1b7\x1b[30;1H\x1b[2Ktext\x1b8")


FIGURES = {
    "records_in": 1000,
    "records_out": 500,
    "bytes_in": 2_000_000,
    "bytes_out": 0,
    "watermark_lag_ms": None,
    "last_checkpoint": None,
    "restarts": 0,
}


def test_the_line() -> None:
    now = {**FIGURES, "records_in": 3000, "bytes_in": 6_000_000}
    assert line(FIGURES, now, 2.0, "RUNNING") == "RUNNING | in 1 k/s 2 MB/s | out 0/s 0 B/s"
    now = {**FIGURES, "watermark_lag_ms": 1234, "last_checkpoint": 7, "restarts": 2}
    assert line(FIGURES, now, 1.0, "RUNNING").endswith("| watermark lag 1.2 s | checkpoint 7 | restarts 2")


def test_counts_that_start_anew_are_no_negative_rate() -> None:
    assert " in 0/s" in line(FIGURES, {**FIGURES, "records_in": 0}, 1.0, "RESTARTING")


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (0.5, "0.5"), (999, "999"), (1000, "1 k"), (999_999, "1 M"), (1_234_567, "1.23 M"), (2e13, "20 T")],
)
def test_amounts(number: float, text: str) -> None:
    assert amount(number) == text
