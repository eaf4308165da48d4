"""An operator whose values have to be pickled often is named in one warning."""

from __future__ import annotations

from job_scripts import Scripts

JOB = """
    import dataclasses
    class Plain:
        pass
    @dataclasses.dataclass
    class Item:
        number: int
    def make(number) -> Item:
        {body}
    numbers = env.from_collection(list(range({count})))
    numbers.map(make).name("make").rebalance().filter(lambda item: False).print()
    env.execute()
"""


def warnings(scripts: Scripts, body: str, count: int, *options: str) -> list[str]:
    outcome = scripts.job(JOB.format(body=body, count=count), *options)
    outcome.succeeded()
    return [line for line in outcome.err.splitlines() if "pickled" in line]


def test_a_misfit_is_named_once(scripts: Scripts) -> None:
    for options in (["-p", "1"], ["-p", "2"]):
        [line] = warnings(scripts, "return Plain()", 25_000, *options)
        assert "Operator 'make'" in line and "Plain" in line and "annotation" in line


def test_what_fits_or_is_seldom_is_not(scripts: Scripts) -> None:
    assert warnings(scripts, "return Item(number)", 25_000) == []
    assert warnings(scripts, "return Plain()", 1000) == []
