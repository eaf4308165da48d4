"""Input formats of the DataSet API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.common.utils import JavaObjectWrapper

if TYPE_CHECKING:
    from penstock._build.file_formats import ReadFormat


class InputFormat(JavaObjectWrapper):
    """How `env.create_input` reads records, such as `AvroInputFormat`. `j_input_format` is the engine's form."""

    def __init__(self, j_input_format: Any) -> None:
        super().__init__(j_input_format)

    def _read_format(self) -> ReadFormat | None:
        """The engine's form, where it has one."""
        from penstock._build.file_formats import ReadFormat

        return self._object if isinstance(self._object, ReadFormat) else None
