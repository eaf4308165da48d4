"""The sums behind every figure, apart from the processes that produce them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """The two numbers of records that one side is run with."""

    small: int
    full: int

    @classmethod
    def of(cls, rate: float, seconds: float, warm_up: int = 0) -> Sizes:
        """Sizes whose full one keeps a side of this rate busy for `seconds`; whole thousands, for the inputs' sake.

        A warm-up comes before both and so falls out of their difference.
        """
        full = max(4_000, round(rate * seconds / 1_000) * 1_000)
        return cls(small=warm_up + full // 4_000 * 1_000, full=warm_up + full)


def slope(sizes: Sizes, small: Sequence[float], full: Sequence[float]) -> float:
    """Cost of one record: what the full size costs above the small one, per record between them.

    The best run of each size counts. Taking the best of the differences instead would reward a small run that happened
    to be slow.
    """
    difference = min(full) - min(small)
    if difference <= 0:
        raise ValueError(
            f"{sizes.full:,} records cost no more than {sizes.small:,} ({min(full):.2f} and {min(small):.2f}): "
            "too few records to measure, or a side that does not do its work"
        )
    return difference / (sizes.full - sizes.small)


def ratio(ours: float, peer: float, *, more_is_better: bool) -> float:
    """How many times better we are, whichever direction better is."""
    return ours / peer if more_is_better else peer / ours


def significant(value: float, digits: int = 5) -> float:
    """The value without digits that no measurement on a shared machine can mean."""
    return float(f"{value:.{digits}g}")
