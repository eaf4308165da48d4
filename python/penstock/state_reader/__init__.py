"""Looks into checkpoints and savepoints.

    from penstock import state_reader

    checkpoint = state_reader.open("s3://bucket/checkpoints/<job id>/chk-7")
    for operator in checkpoint.operators:
        for state in operator.states:
            print(operator.uid, state.name, state.kind, state.declared)
    for entry in checkpoint.operator("counts").state("count").entries():
        print(entry.key, entry.value)
    checkpoint.operator("counts").state("count").table()        # an Arrow table, where pyarrow is installed

Nothing in a checkpoint is run: of a pickled object of any class but a few of the standard library, a `PickledObject` is
shown that has the class's name and the object's fields.
"""

from __future__ import annotations

from collections.abc import Mapping

from penstock.state_reader.checkpoint import Checkpoint, Operator
from penstock.state_reader.placeholders import PickledName, PickledObject
from penstock.state_reader.states import Entry, State

__all__ = ["Checkpoint", "Entry", "Operator", "PickledName", "PickledObject", "State", "open"]


def open(path: str, *, unpickle: bool = False, config: Mapping[str, str] | None = None) -> Checkpoint:
    """Open the checkpoint or savepoint in a folder: a local path, `file://`, `s3://`, `gs://` or `abfs://`.

    Args:
        path: the folder with `_metadata`, or that file.
        unpickle: make pickled values real objects, which imports their modules and runs code of theirs. Only for
            checkpoints that you trust.
        config: options such as `s3.endpoint` and `s3.access-key`.

    Raises:
        ValueError: there is no checkpoint there, or it is not one of Penstock.
        JobExecutionException: it is damaged, or the place cannot be reached.
    """
    from penstock import _native
    from penstock._runtime.pickling import loads
    from penstock.state_reader.pickles import unpickled_safely

    stored = _native.open_checkpoint(str(path), dict(config or {}))
    return Checkpoint(stored, loads if unpickle else unpickled_safely)
