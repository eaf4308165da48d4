"""Models that user functions have in memory: loaded once for all tasks of a process, and replaced while the job runs.

    import onnxruntime
    from penstock import models

    class Score:
        def open(self, runtime_context):
            self.scorer = models.watch(
                "s3://models/fraud.onnx", onnxruntime.InferenceSession, runtime_context=runtime_context
            )

        def __call__(self, features: numpy.ndarray):
            (scores,) = self.scorer.model.run(None, {"x": features})
            return {"score": scores[:, 0], "version": [self.scorer.version] * len(scores)}

        def close(self):
            self.scorer.close()

The URL is a local path, `file://`, `http://`, `https://`, or a bucket (`s3://`, `gs://`, `abfs://`), for which the
job's configuration says how to get in, as for checkpoints. The loader gets the path of a local copy, which all
processes of the machine share: `~/.cache/penstock/models`, or what `PENSTOCK_MODELS_CACHE` names, with at most
`PENSTOCK_MODELS_CACHE_BYTES` bytes (10 GB if it is not set). The tasks of a process share what the loader returns, and
may use it at the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from penstock.models.loaded import shared
from penstock.models.watching import WatchedModel

if TYPE_CHECKING:
    from penstock.datastream.functions import RuntimeContext

_T = TypeVar("_T")

__all__ = ["WatchedModel", "load", "watch"]


def load(url: str, loader: Callable[[str], _T]) -> _T:
    """What the loader makes of the file at `url`; the same object for all tasks of the process.

    Raises FileNotFoundError if there is no file, OSError if it cannot be fetched, and what the loader raises.
    """
    return shared(url, loader).current()[0]


def watch(
    url: str,
    loader: Callable[[str], _T],
    *,
    interval: float | timedelta | None = 30.0,
    runtime_context: RuntimeContext | None = None,
) -> WatchedModel[_T]:
    """A model that follows the file at `url`: looked at every `interval` (seconds), loaded anew when it has changed.

    The task takes the new model when it asks for `.model` next, so between two records or batches; `.version` is that
    of the model that was asked for last. Nothing stops meanwhile: a thread fetches and loads. A file that cannot be
    fetched or loaded is a warning, and the old model stays. With None as `interval` nothing is looked for.

    With the `runtime_context` of the function's `open` the version is part of every checkpoint. A restored task begins
    with the version that it had at the checkpoint if the file's copy is still on the machine or the file is
    unchanged, otherwise with the file as it is and a warning; and it follows the file again after `interval`.
    """
    return WatchedModel(shared(url, loader), interval, runtime_context)
