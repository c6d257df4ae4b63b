"""Programs that a newcomer's machine may lack, and a path without `sbin`, as after `su`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.stack.environment import ROOT
from demo.stack.errors import StackError
from demo.stack.program import Program
from demo.stack.system import check_program, find_program

#: What `su` leaves of root's path.
PATH_OF_SU = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"

_CLUSTER = """
from demo.stack.cluster import Cluster
from demo.stack.environment import Environment
with Cluster(Environment.load().pg_bin) as cluster:
    print(cluster.sql("SELECT 'it is up'"))
"""
_TESTS_CLUSTER = """
import sys
sys.path.insert(0, "script/lib")
from odoo_tests import Cluster, environment
with Cluster(environment()["PG_BIN"]) as cluster:
    print("it is up")
"""


def python(code: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("code", [_CLUSTER, _TESTS_CLUSTER], ids=["demo", "addons' tests"])
def test_a_cluster_starts_where_the_path_has_no_sbin(code: str) -> None:
    done = python(code, PATH_OF_SU)
    assert (done.stdout.strip(), done.returncode) == ("it is up", 0), done.stderr


def test_a_program_is_found_beside_the_path(tmp_path: Path) -> None:
    program = tmp_path / "of-the-system"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    found = find_program("of-the-system", "a-package", path="/usr/bin", more=(str(tmp_path),))
    assert found == str(program)


def test_the_path_goes_before_what_is_beside_it(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tool").write_text("#!/bin/sh\n")
        (tmp_path / name / "tool").chmod(0o755)
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    assert find_program("tool", "a-package", path=first, more=(second,)) == f"{first}/tool"


def test_what_is_missing_is_named_with_its_package() -> None:
    with pytest.raises(StackError) as told:
        find_program("no-such-program", "a-package")
    assert "no-such-program" in str(told.value)
    assert "apt-get install a-package" in str(told.value)


def test_what_was_set_up_and_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError) as told:
        check_program(tmp_path / "bin" / "initdb", "script/setup")
    assert str(tmp_path / "bin" / "initdb") in str(told.value)
    assert "script/setup" in str(told.value)


def test_a_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError) as told:
        Program("Odoo", [str(tmp_path / "python")], log=tmp_path / "log")
    assert str(told.value).startswith("Odoo cannot be started: ")
    assert str(tmp_path / "python") in str(told.value)
    assert "script/setup" in str(told.value)


def test_an_empty_path_ends_in_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    """The demo itself: nothing of the machine is found but what Debian has in its own folders."""
    code = f"""
import pathlib, sys
import demo.stack.cluster as cluster
from demo.stack.environment import Environment
import demo.main
gone = pathlib.Path({str(tmp_path / "gone")!r})
class Stack:
    def __init__(self, **more): pass
    def __enter__(self): cluster.Cluster(gone).__enter__()
    def __exit__(self, *error): pass
demo.main.Stack = Stack
sys.argv = ["demo"]
sys.exit(demo.main.main())
"""
    done = python(code, str(tmp_path))
    assert done.returncode == 2
    assert str(tmp_path / "gone" / "initdb") in done.stderr
    assert "script/setup" in done.stderr
    assert "Traceback" not in done.stderr and "No such file or directory" not in done.stderr


@pytest.mark.parametrize("script", ["setup", "demo", "test", "bench"])
def test_every_script_looks_where_debian_has_the_systems_programs(script: str) -> None:
    """Without `sbin` dpkg installs nothing ('ldconfig' not found in PATH)."""
    text = (ROOT / "script" / script).read_text()
    assert "script/lib/path" in text
    done = subprocess.run(
        ["bash", "-c", ". script/lib/path; command -v runuser; command -v ldconfig"],
        cwd=ROOT,
        env={"PATH": PATH_OF_SU},
        capture_output=True,
        text=True,
    )
    assert [Path(line).name for line in done.stdout.split()] == ["runuser", "ldconfig"]
