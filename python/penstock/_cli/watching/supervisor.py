"""Looks after the process that runs the job, and after its script."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from penstock._cli.rest import RestError
from penstock._cli.watching import bundle, check, compare, decide
from penstock._cli.watching.bundle import Bundle, Unreadable
from penstock._cli.watching.check import Refused, Report
from penstock._cli.watching.child import Child
from penstock._cli.watching.decide import Start
from penstock._cli.watching.journal import Entry, Journal
from penstock._cli.watching.kill_point import hit

_INTERVAL = 0.2
_SECONDS_TO_END = 5.0
_LATEST = "latest"
_FAILED = 1


@dataclass(frozen=True)
class Watch:
    """What is watched: the path that was named, the arguments of `penstock run`, and how edits take effect."""

    path: str
    arguments: Sequence[str]
    configuration: dict[str, str]
    mode: str
    allow_dropped_state: bool


def run(watch: Watch) -> int:
    """Run the job and watch its script until the job ends; the exit status."""
    try:
        return _Supervisor(watch).run()
    except (Refused, RestError, ValueError) as error:
        _say(str(error))
        return _FAILED


class _Supervisor:
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._journal = Journal(self._named_folder(), watch.configuration)
        self._child: Child | None = None
        self._report: Report | None = None
        # On trial: the script to go back to when it fails before its first checkpoint.
        self._fallback: Bundle | None = None
        self._accepted = False
        # The savepoint that the script on trial began with.
        self._savepoint: str | None = None
        # What was looked at and is not to be looked at again.
        self._seen: str | None = None
        self._unstable: str | None = None

    def run(self) -> int:
        current, problem = self._current()
        if current is not None:
            try:
                self._report = self._look_at(current)
            except Refused as error:
                problem = str(error)
        self._seen = current.digest if current is not None else None
        start = decide.at_start(self._journal.entry, current, problem)
        if isinstance(start, Start) and start.fallback is not None:
            # It was edited while nobody looked, or the edit was under way.
            try:
                self._fits(start.fallback)
                self._journal.note(candidate=start.script)
            except Refused as error:
                start = decide.at_start(self._journal.entry, current, str(error))
        if isinstance(start, str):
            _say(f"{start}{self._hint()}")
            return _FAILED
        if start.because is not None:
            _say(start.because)
        self._start(start.script, self._first_restore(), start.fallback)
        if current is None or start.script.digest != current.digest:
            self._report = self._report_of(start.script)
        try:
            return self._follow()
        finally:
            # Ctrl-C reaches the whole group; SIGTERM reaches this process alone.
            if self._child is not None and self._child.ended() is None:
                self._child.terminate()

    def _hint(self) -> str:
        if self._named_folder() is not None:
            return ""
        return (
            "\nWhether a script was accepted before is not known, because the folder of its checkpoints is set in the "
            "script alone: set execution.checkpointing.dir in config.yaml or with -D, or penstock.watch.dir"
        )

    def _fits(self, running: Bundle) -> None:
        """Raises Refused if the script that was looked at last does not find the state of this one."""
        new, self._report = self._report, self._report_of(running)
        try:
            if new is not None:
                self._compare(new)
        finally:
            self._report = new

    def _report_of(self, script: Bundle) -> Report | None:
        try:
            return self._look_at(script)
        except Refused as error:
            _say(f"the script that is run is not as it was when it was accepted: {error}")
            return None

    def _follow(self) -> int:
        while True:
            child = self._running()
            child.wait_briefly(_INTERVAL)
            status = child.ended()
            if status is not None and not self._after_end(status):
                # As a shell has it for a process that was killed.
                return status if status >= 0 else 128 - status
            if status is None and not self._accepted:
                self._on_trial(child)
            self._look_for_edit()

    def _running(self) -> Child:
        assert self._child is not None, "it was started"
        return self._child

    def _after_end(self, status: int) -> bool:
        """The job's process has ended by itself; whether another one runs now."""
        self._running().wait()
        if status != 0 and self._fallback is not None and not self._accepted:
            self._go_back("it ended before its first checkpoint was complete")
            return True
        if status == 0 and not self._accepted:
            self._accept()
        return False

    def _on_trial(self, child: Child) -> None:
        job = child.job()
        if job is None:
            return
        if child.completed_checkpoints(job["jid"]) > 0:
            hit("edit-first-checkpoint")
            self._accept()
            return
        failure = child.failure(job["jid"]) if self._fallback is not None else None
        if failure is not None:
            child.terminate()
            self._go_back(f"it failed before its first checkpoint was complete:\n{failure}")

    def _accept(self) -> None:
        script = self._running().script
        if self._journal.entry.accepted != script or self._journal.entry.candidate is not None:
            self._journal.note(accepted=script, candidate=None, refused=None)
            _say(f"{script.main}: the script has completed its first checkpoint and is accepted")
        hit("edit-accepted")
        self._accepted, self._fallback = True, None
        savepoint, self._savepoint = self._savepoint, None
        if savepoint is not None:
            try:
                self._running().dispose(savepoint)
            except RestError as error:
                _say(f"the savepoint {savepoint} of the edit is left behind: {error}")

    def _go_back(self, reason: str) -> None:
        assert self._fallback is not None, "there is a script to go back to"
        script = self._running().script
        _say(f"{script.main}: the new script is given up, {reason}\nThe script before it goes on")
        hit("edit-going-back")
        self._journal.note(candidate=None, refused=script.digest)
        fallback, self._savepoint = self._fallback, None
        self._start(fallback, self._restore_of_edit(), None)
        self._report = self._report_of(fallback)

    def _look_for_edit(self) -> None:
        current, _ = self._current()
        digest = current.digest if current is not None else None
        if current is None or digest == self._seen:
            self._unstable = None
            return
        if digest != self._unstable:
            # It may be half-written: the same text has to be there twice.
            self._unstable = digest
            return
        self._seen, self._unstable = digest, None
        if digest == self._running().script.digest:
            return
        self._edit(current)

    def _edit(self, new: Bundle) -> None:
        _say(f"{new.main} has changed, the new script is looked at")
        hit("edit-seen")
        try:
            report = self._look_at(new)
            self._compare(report)
        except Refused as error:
            _say(f"{error}\nThe edit is refused, and the job goes on as it is")
            return
        hit("edit-checked")
        child = self._running()
        # Who is on trial himself is no one to go back to.
        fallback = child.script if self._accepted else self._fallback
        if fallback is not None:
            self._journal.note(candidate=new)
        hit("edit-noted")
        try:
            self._stop(child)
        except RestError as error:
            child.wait_briefly(_SECONDS_TO_END)
            # It may have stopped although nobody could say so any more.
            if child.ended() != 0:
                self._journal.note(candidate=None)
                _say(f"the job could not be stopped with a savepoint: {error}\nThe edit is refused")
                return
        hit("edit-stopped")
        self._report = report
        self._start(new, self._restore_of_edit(), fallback)
        hit("edit-started")

    def _stop(self, child: Child) -> None:
        """Stop the job in the way of the upgrade mode. Raises RestError if it goes on."""
        job = child.job()
        if job is None or child.ended() is not None:
            child.terminate()
        elif self._watch.mode == "stateless":
            child.cancel(job["jid"])
            child.wait()
        elif self._watch.mode == "savepoint" and self._accepted and job["state"] == "RUNNING":
            self._savepoint = child.stop_with_savepoint(job["jid"], self._savepoint_directory())
            child.wait()
        else:
            if self._watch.mode == "savepoint" and self._accepted:
                _say(f"the job is {job['state']}: the new script starts from its last checkpoint, without a savepoint")
            child.terminate()

    def _start(self, script: Bundle, restore: str | None, fallback: Bundle | None) -> None:
        self._child = Child(script, self._watch.arguments, restore)
        self._fallback, self._accepted = fallback, False

    def _first_restore(self) -> str | None:
        """What the command line says holds for the very first start; later ones go on from the newest state."""
        begun_before = self._journal.entry != Entry()
        named = self._watch.configuration.get("execution.savepoint.path")
        if named is not None and not begun_before:
            return None
        return _LATEST if self._has_checkpoints() else None

    def _restore_of_edit(self) -> str:
        return "" if self._watch.mode == "stateless" else _LATEST

    def _has_checkpoints(self) -> bool:
        report = self._report
        return report is None or report.fields["checkpoint_directory"] is not None

    def _savepoint_directory(self) -> str | None:
        report = self._report
        if report is None or report.fields["savepoint_directory"] is not None:
            return None
        directory: str | None = report.fields["checkpoint_directory"]
        return directory

    def _look_at(self, script: Bundle) -> Report:
        report = check.look_at(script, self._watch.arguments)
        missing = not report.fields["checkpoints"] or report.fields["checkpoint_directory"] is None
        if self._watch.mode != "stateless" and missing:
            raise Refused(
                "a script that is watched needs checkpoints to carry its state over: set "
                "execution.checkpointing.interval and execution.checkpointing.dir, or give --upgrade-mode stateless"
            )
        if self._named_folder() is None and self._journal.entry == Entry():
            self._journal = Journal(self._folder_beside_checkpoints(report), report.configuration)
        return report

    def _compare(self, new: Report) -> None:
        running = self._report
        if running is None or self._watch.mode == "stateless":
            return
        if new.job_name != running.job_name:
            raise Refused(
                f"the job's name was {running.job_name!r} and is {new.job_name!r}: its state is found again by its name"
            )
        reason = compare.refusal(running.operators, new.operators)
        if reason is not None and not (self._watch.allow_dropped_state or new.fields["allows_dropped_state"]):
            raise Refused(reason)
        reason = compare.changed_types(running.operators, new.operators)
        if reason is not None:
            raise Refused(reason)

    def _named_folder(self) -> str | None:
        """The journal's folder where it is known without looking at the script."""
        configuration = self._watch.configuration
        named = configuration.get("penstock.watch.dir")
        if named:
            return named
        directory = configuration.get("execution.checkpointing.dir") or configuration.get("state.checkpoints.dir")
        return f"{directory.rstrip('/')}/{_journal_name(self._watch.path)}" if directory else None

    def _folder_beside_checkpoints(self, report: Report) -> str | None:
        directory = report.fields["checkpoint_directory"]
        return f"{directory.rstrip('/')}/{_journal_name(self._watch.path)}" if directory else None

    def _current(self) -> tuple[Bundle | None, str | None]:
        try:
            return bundle.read(self._watch.path), None
        except Unreadable as error:
            return None, str(error)


def _journal_name(path: str) -> str:
    """The folder of the journal of a script: jobs that share a checkpoint directory have scripts of different names.

    >>> _journal_name("/config/my job.py")
    'watch-config-my_job.py'
    """
    parts = [part for part in path.rstrip("/").split("/") if part not in ("", ".", "..")]
    return "watch-" + re.sub(r"[^A-Za-z0-9_.-]", "_", "-".join(parts[-2:]))


def _say(text: str) -> None:
    print(f"penstock: {text}", file=sys.stderr, flush=True)
