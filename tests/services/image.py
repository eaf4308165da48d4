"""An image for pods with what is installed here: Penstock, all that it needs, and the interpreter that runs the tests.

The interpreter is in the image because that of this machine may be in somebody's home, where a pod's user may not go.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from typing import Any

_PYTHON = "/opt/python"
_PACKAGES = "/opt/penstock/packages"
_COMMAND = f"""#!/bin/sh
exec {_PYTHON}/bin/python3 -m penstock "$@"
"""
# What is installed beside the standard library, and its own tests.
_NOT_COPIED = shutil.ignore_patterns(
    "site-packages", "dist-packages", "test", "tests", "idlelib", "ensurepip", "config-*"
)


def penstock_image(folder: Path) -> dict[str, Any]:
    """Fill the folder; the image as the images file of k8s.sh wants it."""
    _copy_interpreter(folder / _PYTHON.lstrip("/"))
    for name in ("penstock", "cloudpickle"):
        _copy_distribution(name, folder / _PACKAGES.lstrip("/"))
    command = folder / "usr/local/bin/penstock"
    command.parent.mkdir(parents=True)
    command.write_text(_COMMAND, encoding="utf-8")
    command.chmod(0o755)
    # As in any image, everybody may read it.
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
    return {"rootfs": str(folder), "env": [f"PYTHONPATH={_PACKAGES}", f"LD_LIBRARY_PATH={_PYTHON}/lib"]}


def _copy_interpreter(prefix: Path) -> None:
    (prefix / "bin").mkdir(parents=True)
    shutil.copy2(os.path.realpath(sys.executable), prefix / "bin/python3")
    libraries = prefix / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name in ("stdlib", "platstdlib"):
        # Of the interpreter itself, not of the virtual environment.
        found = sysconfig.get_path(name, vars={"base": sys.base_prefix, "platbase": sys.base_exec_prefix})
        shutil.copytree(found, libraries, symlinks=True, ignore=_NOT_COPIED, dirs_exist_ok=True)
    if sysconfig.get_config_var("Py_ENABLE_SHARED"):
        for library in Path(sysconfig.get_config_var("LIBDIR")).glob("libpython3.*so*"):
            shutil.copy2(library, prefix / "lib")


def _copy_distribution(name: str, packages: Path) -> None:
    for file in metadata.files(name) or ():
        if ".." not in file.parts:  # commands in bin/
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(str(file.locate()), target)
