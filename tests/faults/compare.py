"""The output of a run beside that of an undisturbed one, record by record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from faults.workload import Workload

SHOWN = 3


def differences(workload: Workload, outputs: Mapping[str, Sequence[str]]) -> list[str]:
    """What is lost, doubled, strange or out of order; nothing if all is as it has to be.

    >>> differences(Workload([], {"out": ["a", "b"]}), {"out": ["b", "b"]})
    ["out: lost 1 of 2, such as ['a']", "out: doubled 1, such as ['b']"]
    """
    found = []
    for name, expected in workload.expected.items():
        wanted, got = Counter(expected), Counter(outputs[name])
        lost, more = wanted - got, got - wanted
        doubled = [line for line in more if line in wanted]
        strange = [line for line in more if line not in wanted]
        if lost:
            found.append(f"{name}: lost {lost.total()} of {len(expected)}, such as {_some(lost)}")
        if doubled:
            found.append(f"{name}: doubled {len(doubled)}, such as {_some(doubled)}")
        if strange:
            found.append(f"{name}: {len(strange)} that no undisturbed run gives, such as {_some(strange)}")
        if wanted == got and name in workload.order:
            found += [f"{name}: {told}" for told in _disorder(outputs[name], workload.order[name])]
    return found


def _some(lines: Counter[str] | Sequence[str]) -> list[str]:
    return sorted(lines)[:SHOWN]


def _disorder(lines: Sequence[str], place: Callable[[str], tuple[str, int]]) -> list[str]:
    last: dict[str, int] = defaultdict(int)
    for line in lines:
        key, number = place(line)
        if number <= last[key]:
            return [f"number {number} of {key} comes after number {last[key]}"]
        last[key] = number
    return []
