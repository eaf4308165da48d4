"""The values of a collection on their way to the engine."""

from __future__ import annotations

import pickle
from typing import Any

from penstock._build.call_site import call_site
from penstock._build.culprit import culprit
from penstock._build.functions import UnpicklableFunctionError
from penstock._runtime.pickling import dumps_with_code


def pickled_elements(values: list[Any]) -> list[bytes]:
    """One pickle for each value. Raises UnpicklableFunctionError naming a value that cannot be pickled."""
    return [_pickled(value, number) for number, value in enumerate(values)]


def _pickled(value: Any, number: int) -> bytes:
    try:
        data = pickle.dumps(value, protocol=5)
        # A class of the script's own has to go along with its values.
        return dumps_with_code(value) if b"__main__" in data else data
    except Exception:
        return _pickled_with_code(value, number)


def _pickled_with_code(value: Any, number: int) -> bytes:
    try:
        return dumps_with_code(value)
    except Exception as error:
        site = call_site()
        where = f"{site}: " if site else ""
        raise UnpicklableFunctionError(
            f"{where}element {number} of the collection, {value!r:.200}, cannot be sent to the engine: "
            f"{culprit(value) or error}"
        ) from error
