"""Input formats of the DataSet API."""

from __future__ import annotations

from typing import Any

from penstock.common.utils import JavaObjectWrapper


class InputFormat(JavaObjectWrapper):
    """How `env.create_input` reads records; Penstock has sources instead (`env.from_source`)."""

    def __init__(self, j_input_format: Any) -> None:
        super().__init__(j_input_format)
