"""In which form a function takes a batch: read from the annotation of its parameter, when it is given to a stream."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, get_args, get_origin

# Each form by the library and the class that an annotation names.
_FORMS = {
    ("numpy", "ndarray"): "numpy.ndarray",
    ("pyarrow", "Array"): "pyarrow.Array",
    ("pyarrow", "ChunkedArray"): "pyarrow.Array",
    ("pyarrow", "RecordBatch"): "pyarrow.RecordBatch",
    ("pyarrow", "Table"): "pyarrow.Table",
    ("pandas", "Series"): "pandas.Series",
    ("pandas", "DataFrame"): "pandas.DataFrame",
    ("polars", "Series"): "polars.Series",
    ("polars", "DataFrame"): "polars.DataFrame",
    ("builtins", "list"): "list",
    ("builtins", "dict"): "dict",
}

# What a text names that cannot be evaluated where the function was made; aliases are those that everybody uses.
_TEXT = re.compile(r"^(?:(?P<library>\w+)(?:\.\w+)*\.)?(?P<name>\w+)(?:\[.*)?$")
_ALIASES = {"np": "numpy", "npt": "numpy", "pa": "pyarrow", "pd": "pandas", "pl": "polars", "typing": "builtins"}
_NAMES = {"NDArray": "ndarray", "List": "list", "Dict": "dict", "Sequence": "list"}

COLUMNS_ONLY = frozenset({"numpy.ndarray", "pyarrow.Array", "pandas.Series", "polars.Series"})
"""Forms of one column: records of several fields have no such."""


def form_of(fn: Callable[..., Any], rows: bool) -> str:
    """The form in which a function takes batches; `rows`: its records have fields.

    Raises TypeError if the annotation names a form that such records do not have.
    """
    form = _annotated(fn)
    if form is None:
        return "arrow" if rows else "numpy.ndarray"
    if rows and form in COLUMNS_ONLY:
        raise TypeError(
            f"{name_of(fn)} takes {form}, which is one column, but the records have several fields: annotate its "
            "parameter with dict[str, numpy.ndarray], pyarrow.RecordBatch, pandas.DataFrame, polars.DataFrame or list"
        )
    return form


def name_of(fn: Any) -> str:
    """How errors call a function."""
    name = getattr(fn, "__qualname__", None) or type(fn).__qualname__
    return str(name).rpartition("<locals>.")[2]


def _annotated(fn: Callable[..., Any]) -> str | None:
    annotation = _annotation(fn)
    if annotation is inspect.Parameter.empty:
        return None
    if isinstance(annotation, str):
        return _of_text(annotation)
    annotation = get_origin(annotation) or annotation
    if not isinstance(annotation, type):
        # Of `X | None` and the like, the first that is a form.
        return next((form for form in map(_of_type, get_args(annotation)) if form), None)
    return _of_type(annotation)


def _annotation(fn: Callable[..., Any]) -> Any:
    """The annotation of the first parameter, evaluated where that is possible."""
    for evaluated in (True, False):
        try:
            parameters = inspect.signature(fn, eval_str=evaluated).parameters
        except Exception:  # a name that is not there, or a callable that does not tell its parameters
            continue
        first = next(iter(parameters.values()), None)
        return inspect.Parameter.empty if first is None else first.annotation
    return inspect.Parameter.empty


def _of_type(annotation: Any) -> str | None:
    if not isinstance(annotation, type):
        return None
    for kind in annotation.__mro__:
        form = _FORMS.get((kind.__module__.partition(".")[0], kind.__qualname__))
        if form is not None:
            return form
    return None


def _of_text(annotation: str) -> str | None:
    match = _TEXT.match(annotation.strip())
    if match is None:
        return None
    library, name = match["library"], _NAMES.get(match["name"], match["name"])
    if library is None:
        return next((form for (_, known), form in _FORMS.items() if known == name), None)
    return _FORMS.get((_ALIASES.get(library, library), name))
