"""Names of side outputs."""

from __future__ import annotations

from typing import Any, NoReturn

from penstock.common.typeinfo import RowTypeInfo, TypeInformation, Types


class OutputTag:
    """Names a side output. A process function yields `(tag, value)` to write to it.

        late = OutputTag("late", Types.STRING())
        main = stream.process(MyFunction())     # in it: yield late, value
        main.get_side_output(late).print()

    `type_info` is the type of what is written, or a list of types for rows. Raises ValueError without an id.
    """

    def __init__(self, tag_id: str, type_info: TypeInformation | list[Any] | None = None) -> None:
        if not tag_id:
            raise ValueError("OutputTag: tag_id has to be a str that is not empty")
        self.tag_id = tag_id
        if type_info is None:
            self.type_info: TypeInformation = Types.PICKLED_BYTE_ARRAY()
        elif isinstance(type_info, list):
            self.type_info = RowTypeInfo(type_info)
        elif isinstance(type_info, TypeInformation):
            self.type_info = type_info
        else:
            raise TypeError(f"OutputTag: type_info has to be a type, a list of types or None, not {type_info!r}")

    def get_java_output_tag(self) -> NoReturn:
        """Not in Penstock, which has no JVM: raises NoJavaError."""
        from penstock.util.exceptions import NoJavaError

        raise NoJavaError("OutputTag.get_java_output_tag")

    def __getstate__(self) -> tuple[str, TypeInformation]:
        return self.tag_id, self.type_info

    def __setstate__(self, state: tuple[str, TypeInformation]) -> None:
        self.tag_id, self.type_info = state

    def __repr__(self) -> str:
        return f"OutputTag({self.tag_id!r}, {self.type_info})"
