"""No regular expression of the product takes much longer for a text that is somewhat longer, and no
digit that `int` does not read is taken for one.

Each pattern is found in the sources, and given texts that are made of its own letters: what it
repeats, again and again, before something that fits nowhere. Linear work on 50,000 letters is done
in a hundredth of what is allowed here, quadratic work takes several times as long.
"""

from __future__ import annotations

import ast
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from re import _constants as codes  # what `re` itself makes of a pattern
from re import _parser as parser
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT / "addons", ROOT / "gateway" / "src")
LETTERS, ALLOWED_S = 50_000, 0.25
_CALLS = {"compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split"}
#: Made while the product runs, of escaped words alone; `rules/tests` have their texts.
_MADE = {"addons/telegram_base/rules/erasure.py"}


def _sources() -> list[Path]:
    found = [path for folder in FOLDERS for path in sorted(folder.rglob("*.py"))]
    return [path for path in found if "tests" not in path.relative_to(ROOT).parts]


def _text(node: ast.expr) -> str | None:
    """The pattern that a call is given; of one with `%s` in it, with a letter for each."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        pattern = _text(node.left)
        return pattern and pattern.replace("%s", "a")
    return None


def _patterns() -> Iterator[tuple[str, str | None, bool]]:
    """(where, pattern or None, whether case is ignored) of every call of `re`."""
    for path in _sources():
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            of = node.func.value
            if isinstance(of, ast.Name) and of.id == "re" and node.func.attr in _CALLS:
                flags = ast.dump(ast.Module([ast.Expr(node)], []))
                yield f"{name}:{node.lineno}", _text(node.args[0]), "IGNORECASE" in flags


def _samples(parsed: Any) -> Iterator[str]:
    """Texts that a part of a pattern takes: a few for each way through it."""
    whole = [""]
    for code, value in parsed:
        ways = list(_ways(code, value)) or [""]
        yield from ways  # each part by itself, too
        whole = [before + way for before in whole[:6] for way in ways[:4]]
        yield from whole[:3]  # as far as it goes
    yield from whole


def _ways(code: Any, value: Any) -> Iterator[str]:
    match code:
        case codes.LITERAL:
            yield chr(value)
        case codes.NOT_LITERAL:
            yield "x" if value != ord("x") else "y"
        case codes.ANY:
            yield "x"
        case codes.IN:
            fitting = [letter for letter in "a A9_-.,:;/()<>\"'&\n é²\x01" if _fits(value, letter)]
            yield from fitting[:6]
        case codes.BRANCH:
            for branch in value[1]:
                yield from list(_samples(branch))[-2:]
        case codes.SUBPATTERN:
            yield from list(_samples(value[-1]))[-4:]
        case codes.ATOMIC_GROUP:
            yield from list(_samples(value))[-4:]
        case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
            least, _most, what = value
            inner = list(_samples(what))[-4:] or [""]
            for part in inner:
                yield part * max(least, 1)
            if not least:
                yield ""


def _fits(members: Any, letter: str) -> bool:
    text = parser.SubPattern(parser.State(), [(codes.IN, members)])
    pattern = re._compiler.compile(text, 0) if hasattr(re._compiler, "compile") else None
    return bool(pattern and pattern.match(letter))


def _repeated(parsed: Any) -> Iterator[str]:
    """The parts of the pattern that are repeated without end."""
    for code, value in parsed:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            if value[1] is codes.MAXREPEAT or value[1] > 100:
                yield from _samples(value[2])
            yield from _repeated(value[2])
        elif code is codes.SUBPATTERN:
            yield from _repeated(value[-1])
        elif code is codes.BRANCH:
            for branch in value[1]:
                yield from _repeated(branch)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _repeated(value[1])


def _texts(pattern: str) -> list[str]:
    """What is repeated, and every part and whole of the pattern, as often as there is room."""
    parsed = parser.parse(pattern)
    samples = {sample for sample in _samples(parsed) if sample}
    pumps = {text for text in _repeated(parsed) if text} | samples | set(" \t\n<(&aA9_-.:,é")
    before = sorted({""} | set(sorted(samples, key=len)[:4]))
    return [
        head + pump * (LETTERS // len(pump)) + tail
        for pump in sorted(pumps)
        for head in before
        for tail in ("", "\x01")
    ]


class _TooLong(Exception):
    pass


def _slowest(pattern: str, *, ignore_case: bool = False) -> str | None:
    """A text on which the pattern works for too long; None: there is none."""

    def stop(*_arguments: object) -> None:
        raise _TooLong

    compiled = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        for text in _texts(pattern):
            signal.setitimer(signal.ITIMER_VIRTUAL, ALLOWED_S)
            try:
                compiled.sub("", text)
                compiled.match(text)
            except _TooLong:
                return text[:20]
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, before)
    return None


FOUND = list(_patterns())


@pytest.mark.parametrize(("where", "pattern", "ignores"), FOUND, ids=[row[0] for row in FOUND])
def test_a_longer_text_takes_not_much_longer(
    where: str, pattern: str | None, ignores: bool
) -> None:
    if pattern is None:
        assert where.rpartition(":")[0] in _MADE, f"{where}: the pattern cannot be read"
        return
    slow = _slowest(pattern, ignore_case=ignores)
    assert slow is None, f"{where}: {pattern} works for ever on {slow!r}…"


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:^|[:,])\s*([^:,<>()]+?)\s*(?:<([^<>]*)>)?\s*\(ID \d+\)",
        r"(a+)+$",
        r"\s+$",
        r"<p\b[^>]*>",
        r"([a-z]|[a-c])*x",
    ],
)
def test_patterns_that_grow_are_found(pattern: str) -> None:
    assert _slowest(pattern) is not None


def test_all_patterns_are_found() -> None:
    calls = sum(
        len(re.findall(rf"\bre\.(?:{'|'.join(_CALLS)})\(", path.read_text())) for path in _sources()
    )
    assert len(FOUND) == calls > 30


def test_what_is_taken_for_a_digit_can_be_read() -> None:
    """`"²".isdigit()` is true, and `int("²")` fails."""
    for path in _sources():
        assert not re.search(r"\bis(?:digit|numeric)\b", path.read_text()), path
