"""Lets `import pyflink` find Penstock when no real PyFlink is installed.

Python runs `install()` at every start (see penstock_pyflink.pth), whatever the program is about, so nothing is
imported here that a starting interpreter does not have already; Penstock itself is imported when somebody asks for
`pyflink`.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class PyFlinkFinder:
    """The last finder to be asked, so that a real `pyflink` on the path is always found before."""

    def find_spec(
        self, fullname: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """Hand `pyflink` over to Penstock's own finder, which answers for its submodules from then on."""
        if fullname != "pyflink":
            return None
        sys.meta_path.remove(self)
        try:
            from penstock._compat import install as install_penstock
        except ModuleNotFoundError as error:
            if error.name != "penstock":
                raise
            sys.meta_path.append(self)
            raise ModuleNotFoundError(
                "No module named 'pyflink': penstock-pyflink is installed, which lets it be Penstock, but Penstock "
                "itself is not. Run: pip install penstock",
                name="pyflink",
            ) from None
        install_penstock()
        from importlib.util import find_spec

        return find_spec(fullname)


def install() -> None:
    """Put the finder behind all others, once."""
    if not any(isinstance(finder, PyFlinkFinder) for finder in sys.meta_path):
        sys.meta_path.append(PyFlinkFinder())
