"""The demonstration behind `make demo-configmap`: a job as a ConfigMap on a real Kubernetes, edited while it runs.

Starts Kafka and Kubernetes on this machine, applies k8s/configmaps, and prints what happens to the job and how long it
takes. Ends by itself and leaves nothing behind. The exit status is 1 when a message was lost or doubled, or an edit
took longer than it may.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from demo_configmap.story import ALLOWED, Outcome, Story, StoryError, servers
from services import KafkaBroker, ServiceError
from services.k8s import Kubernetes


def main() -> int:
    for service in (KafkaBroker, Kubernetes):
        reason = service.lacking()
        if reason is not None:
            print(f"The demonstration cannot be given here: {reason}", file=sys.stderr)
            return 1
    began = time.monotonic()
    say("Kafka and Kubernetes are started (the first time they are built, which takes minutes).")
    try:
        with tempfile.TemporaryDirectory(prefix="penstock-demo-") as folder, servers(Path(folder)) as (kafka, cluster):
            say(f"   both are up after {time.monotonic() - began:.1f} s")
            outcome = Story(kafka, cluster, say).tell()
    except (StoryError, ServiceError) as error:
        print(f"The demonstration failed: {error}", file=sys.stderr)
        return 1
    return report(outcome, time.monotonic() - began)


def report(outcome: Outcome, seconds: float) -> int:
    """Print what came of it; the exit status."""
    versions = ", ".join(f"{count} by version {version}" for version, count in outcome.by_version.items())
    say(f"{outcome.sent} messages in, {sum(outcome.by_version.values())} lengths out: {versions}.")
    slowest = max(edit.effect for edit in outcome.edits)
    say(f"Swap to first new output: {slowest:.1f} s at most, {ALLOWED:.0f} s are allowed.")
    for problem in outcome.problems:
        say(f"WRONG: {problem}")
    if outcome.problems or slowest > ALLOWED:
        return 1
    say(f"Every message came out once, and no old script wrote after a new one. {seconds:.0f} s.")
    return 0


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
