"""The events that go in, and what has to come out for them."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

FIRST_MILLIS = 1_710_000_000_000


@dataclass(frozen=True)
class Event:
    """One event. `number` is its place among all, `nth` its place among those of its user, from 1."""

    number: int
    user: str
    nth: int

    @property
    def key(self) -> str | None:
        """Every other user's events stay in one partition, and so in order; the others' go anywhere."""
        return self.user if self.in_order else None

    @property
    def in_order(self) -> bool:
        return int(self.user[1:]) % 2 == 0

    def fields(self) -> dict[str, Any]:
        return {
            "user_id": self.user,
            "event_time_ms": FIRST_MILLIS + self.number * 10,
            "event": ("click", "view", "buy")[self.number % 3],
            "number": self.number,
            "nth": self.nth,
        }

    def text(self) -> str:
        return json.dumps(self.fields())


def make_events(total: int, users: int, rng: random.Random) -> list[Event]:
    """Events of users in random order; every user has at least one if there are enough."""
    names = [f"u{number}" for number in range(users)]
    order = names[:total] + rng.choices(names, k=max(0, total - users))
    rng.shuffle(order)
    counts: Counter[str] = Counter()
    events = []
    for number, user in enumerate(order):
        counts[user] += 1
        events.append(Event(number, user, counts[user]))
    return events


class NotExactlyOnce(AssertionError):
    """The output is not what an undisturbed run gives."""


def check(events: Iterable[Event], outputs: Iterable[bytes]) -> None:
    """Raise NotExactlyOnce unless each event came out once, unchanged, with each user's counts 1, 2, … each once."""
    inputs = {event.number: event for event in events}
    seen: Counter[int] = Counter()
    counts: dict[str, list[int]] = defaultdict(list)
    strange = []
    for output in outputs:
        fields = json.loads(output)
        count = fields.pop("rolling_count", None)
        event = inputs.get(fields.get("number"))
        if event is None or fields != event.fields() or (event.in_order and count != event.nth):
            strange.append(output)
            continue
        seen[event.number] += 1
        counts[event.user].append(count)
    per_user: Counter[str] = Counter(event.user for event in inputs.values())
    findings = {
        "lost": [number for number in inputs if not seen[number]],
        "doubled": [number for number, times in seen.items() if times > 1],
        "not what follows from its input": strange,
        "counts are not 1, 2, …": [
            user for user, total in per_user.items() if sorted(counts[user]) != list(range(1, total + 1))
        ],
    }
    if any(findings.values()):
        told = (f"{len(found)} {what}, such as {found[:3]}" for what, found in findings.items() if found)
        raise NotExactlyOnce(f"of {len(inputs)} events: " + "; ".join(told))
