"""Programs of the system, found where Debian has them. If one is missing, the error names it and
says what to do."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path

from .errors import StackError

#: `su` leaves a path without these. script/lib/path says the same for the scripts.
BESIDE = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin")


def find_program(
    name: str, package: str, *, path: str | None = None, more: Sequence[str] = BESIDE
) -> str:
    """The program's whole path: first by `path` (this process's), then in the folders `more`.

    package: Debian's package that has it. Raises StackError with how to get it.
    """
    folders = [os.environ.get("PATH", "") if path is None else path, *more]
    program = shutil.which(name, path=os.pathsep.join(filter(None, folders)))
    if program is None:
        raise StackError(
            f"{name} is missing on this machine: apt-get install {package} (as root),"
            " then run it again."
        )
    return program


def check_program(program: Path, made_by: str) -> str:
    """The path of a program that `made_by` has found before. Raises StackError if it is gone."""
    if not program.is_file():
        raise StackError(f"{program} is not there (any more): run {made_by} again.")
    return str(program)


def check_user(name: str, package: str) -> str:
    """The name, if the machine has this user. Raises StackError with who makes it."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        raise StackError(
            f"This machine has no user {name}: apt-get install {package} (as root) makes it."
        ) from None
    return name
