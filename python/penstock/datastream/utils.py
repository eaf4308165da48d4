"""What connectors and formats of PyFlink share."""

from __future__ import annotations

from penstock.common.typeinfo import TypeInformation


class ResultTypeQueryable:
    """Something that knows the type of what it makes."""

    def get_produced_type(self) -> TypeInformation:
        """The type."""
        raise NotImplementedError(f"{type(self).__name__} does not say what type it makes")
