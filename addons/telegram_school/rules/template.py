"""The texts of notices: a strict little language for the school's own texts.

A text is Telegram's HTML with placeholders: `<b>{lesson}</b> begins at {start}.` Nothing in it is
ever executed. A placeholder is a name in braces, `{{` and `}}` are braces; an unknown name is an
error when the text is saved. A line with a placeholder whose value is empty is left out.
"""

import re
import unicodedata
from html import escape, unescape
from typing import Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Sequence, Tuple, Union

from .title import belong_together

#: Longest message on Telegram, in UTF-16 code units of the visible text, without the tags.
TEXT_MAX = 4096

TAGS = ("b", "strong", "i", "em", "u", "s", "del", "code", "pre", "blockquote", "a")
_LINK = re.compile(r"(https?://|tg://|mailto:)[^\s<>\"{}]+\Z")
_HREF = re.compile(r"(?<!\s)\s+href\s*=\s*(\"([^\"]*)\"|'([^']*)')\s*\Z")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:[^<>A-Za-z0-9-][^<>]*)?)>")
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_ELLIPSIS = "\u2026"
#: Characters before a cut in which the end of a word is searched.
_WORD = 40

_FSI, _PDI = "\u2068", "\u2069"
# Marks that would change the writing direction of the rest of a line.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = {"R", "AL", "AN"}


class Name(str):
    """A piece of a value that somebody typed: isolated from its neighbours' writing direction."""


#: One name, or pieces: `Name`s, and text of ours.
Value = Union[str, Sequence[str]]


class TemplateError(ValueError):
    """A text that cannot be used. code: `empty`, `too_long`, `stray_less`, `stray_brace`,
    `unknown_tag`, `attributes`, `bad_link`, `not_open`, `not_closed`, `unknown_placeholder`; what:
    the piece that is wrong; line: counted from 1, 0 for the whole text."""

    def __init__(self, code: str, what: str = "", line: int = 0):
        super().__init__(code, what, line)
        self.code, self.what, self.line = code, what, line


class Node(NamedTuple):
    """A piece of a text. kind: `text`, `value` (a placeholder's name), `open`, `close` (a tag's
    name), `apart` and `back` (around a name). href: the target of a link that is opened."""

    kind: str
    text: str
    href: str = ""


class Template(NamedTuple):
    """A parsed text, line by line."""

    lines: Tuple[Tuple[Node, ...], ...]

    @property
    def placeholders(self) -> FrozenSet[str]:
        """Return the names of its placeholders."""
        return frozenset(node.text for line in self.lines for node in line if node.kind == "value")


def parse(source: str, offered: Iterable[str]) -> Template:
    """Return the parsed text, whose placeholders are among `offered`. Raises TemplateError."""
    text = source.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise TemplateError("empty")
    names, opened = set(offered), []  # type: ignore[var-annotated]
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        lines.append(tuple(_nodes(line.rstrip(), number, names, opened)))
    if opened:
        raise TemplateError("not_closed", "<%s>" % opened[-1][0], opened[-1][1])
    shown = [node for line in lines for node in line if node.kind in ("text", "value")]
    if not shown:
        raise TemplateError("empty")
    if sum(utf16_length(node.text) for node in shown) + len(lines) - 1 > TEXT_MAX:
        raise TemplateError("too_long")
    return Template(tuple(lines))


def _nodes(
    line: str, number: int, names: Iterable[str], opened: List[Tuple[str, int]]
) -> List[Node]:
    """Return the pieces of a line. number: of the line, from 1; names: placeholders that may be
    used; opened: (tag, line) of the tags that are open, changed here. Raises TemplateError."""
    nodes = []  # type: List[Node]
    plain = ""
    at = 0
    while at < len(line):
        two, char = line[at : at + 2], line[at]
        if two in ("{{", "}}"):
            plain, at = plain + char, at + 2
            continue
        if char not in "<{}&":
            plain, at = plain + char, at + 1
            continue
        if char == "&":
            entity = _ENTITY.match(line, at)
            plain += unescape(entity.group()) if entity else char
            at = entity.end() if entity else at + 1
            continue
        if char == "<":
            match = _TAG.match(line, at)
            if not match:
                raise TemplateError("stray_less", line[at : at + 12], number)
            node = _tag(match.group(1), match.group(2).lower(), match.group(3), number, opened)
        else:
            match = _PLACEHOLDER.match(line, at)
            if not match:
                raise TemplateError("stray_brace", line[at : at + 12], number)
            if match.group(1) not in names:
                raise TemplateError("unknown_placeholder", match.group(), number)
            node = Node("value", match.group(1))
        if plain:
            nodes.append(Node("text", plain))
            plain = ""
        nodes.append(node)
        at = match.end()
    return nodes + ([Node("text", plain)] if plain else [])


def _tag(slash: str, tag: str, rest: str, number: int, opened: List[Tuple[str, int]]) -> Node:
    """Return the piece of one tag, and open or close it in `opened`. slash: "/" of a closing tag;
    rest: its attributes; number: of the line. Raises TemplateError."""
    shown = "<%s%s>" % (slash, tag)
    if tag not in TAGS:
        raise TemplateError("unknown_tag", shown, number)
    if slash:
        if rest.strip():
            raise TemplateError("attributes", shown, number)
        if not opened or opened[-1][0] != tag:
            raise TemplateError("not_open", shown, number)
        opened.pop()
        return Node("close", tag)
    href = ""
    if tag == "a":
        match = _HREF.match(rest)
        href = unescape(match.group(2) or match.group(3) or "") if match else ""
        if not _LINK.match(href):
            raise TemplateError("bad_link", "<a%s>" % rest, number)
    elif rest.strip():
        raise TemplateError("attributes", shown, number)
    opened.append((tag, number))
    return Node("open", tag, href)


def render(parts: Iterable[Tuple[Template, Mapping[str, Value]]], most: int = TEXT_MAX) -> str:
    """Return one message of these texts, one below the other, as Telegram's HTML; empty if nothing
    is left to say.

    A value is shown as it was typed. A text longer than `most` UTF-16 units is cut at the end of a
    word, never within a letter, and all tags are closed. A missing value is an empty one.
    """
    lines = []  # type: List[Tuple[bool, List[Node]]]
    for template, values in parts:
        filled = {name: _pieces(value) for name, value in values.items()}
        lines += [_filled(line, filled) for line in template.lines]
    nodes = []  # type: List[Node]
    is_first = True
    for is_said, line in lines:
        if is_said and not is_first:
            nodes.append(Node("text", "\n"))
        is_first = is_first and not is_said
        nodes += line
    if not any(_turns(node.text) for node in nodes if node.kind == "text"):
        nodes = [node for node in nodes if node.kind not in ("apart", "back")]
    return _html(_cut(_tidy(nodes), most))


def utf16_length(text: str) -> int:
    """Return the length of a text as Telegram counts it, in UTF-16 code units."""
    return len(text) + sum(1 for one in text if one > "\uffff")


def _pieces(value: Value) -> List[str]:
    """Return a value as pieces without marks of writing direction; empty for an empty value. A
    `Name` gets single spaces."""
    pieces = [Name(value)] if isinstance(value, str) else list(value)
    clean = []  # type: List[str]
    for piece in pieces:
        text = _BIDI.sub("", piece)
        if isinstance(piece, Name):
            text = Name(" ".join(text.split()))
        if text:
            clean.append(text)
    return clean


def _filled(line: Sequence[Node], values: Dict[str, List[str]]) -> Tuple[bool, List[Node]]:
    """Return whether the line is shown, and its pieces with values; a line that is not shown keeps
    its tags."""
    nodes = []  # type: List[Node]
    for node in line:
        if node.kind != "value":
            nodes.append(node)
            continue
        pieces = values.get(node.text)
        if not pieces:
            return False, [one for one in line if one.kind in ("open", "close")]
        for piece in pieces:
            if isinstance(piece, Name):
                nodes += [Node("apart", _FSI), Node("text", str(piece)), Node("back", _PDI)]
            else:
                nodes.append(Node("text", piece))
    return True, nodes


def _turns(text: str) -> bool:
    return any(unicodedata.bidirectional(one) in _RIGHT_TO_LEFT for one in text)


def _tidy(nodes: Iterable[Node]) -> List[Node]:
    """Return the pieces without tags around nothing, and without blanks at the ends of the
    message."""
    kept = []  # type: List[Node]
    for node in nodes:
        if node.kind == "close" and kept and kept[-1].kind == "open":
            kept.pop()
        else:
            kept.append(node)
    if not any(node.kind == "text" and node.text.strip() for node in kept):
        return []
    return kept


def _cut(nodes: List[Node], most: int) -> List[Node]:
    """Return the pieces within `most` UTF-16 units; if they are cut, an ellipsis follows, and all
    tags are closed."""
    if _units(nodes) <= most:
        return nodes
    kept, open_ = [], []
    left = most - len(_ELLIPSIS)
    for node in nodes:
        if node.kind in ("open", "apart"):
            left -= 2 * (node.kind == "apart")  # with the mark that ends it
            if left < 0:
                break
            open_.append(node)
        elif node.kind in ("close", "back"):
            open_.pop()
        elif utf16_length(node.text) > left:
            kept.append(Node("text", _beginning(node.text, left)))
            break
        else:
            left -= utf16_length(node.text)
        kept.append(node)
    kept.append(Node("text", _ELLIPSIS))
    for node in reversed(open_):
        kept.append(Node("close", node.text) if node.kind == "open" else Node("back", _PDI))
    return kept


def _beginning(text: str, most: int) -> str:
    """Return the longest beginning within `most` UTF-16 units that ends between two letters, or
    better between two words."""
    end = units = 0
    while end < len(text) and units + utf16_length(text[end]) <= most:
        units += utf16_length(text[end])
        end += 1
    while 0 < end < len(text) and belong_together(text, end):
        end -= 1
    blank = max(text.rfind(" ", max(0, end - _WORD), end + 1), text.rfind("\n", 0, end + 1))
    return text[: blank if blank > max(0, end - _WORD) else end].rstrip()


def _units(nodes: Iterable[Node]) -> int:
    return sum(utf16_length(n.text) for n in nodes if n.kind in ("text", "apart", "back"))


def _html(nodes: Iterable[Node]) -> str:
    """Return the pieces as Telegram's HTML."""
    shown = ""
    for node in nodes:
        if node.kind == "open":
            link = ' href="%s"' % escape(node.href) if node.href else ""
            shown += "<%s%s>" % (node.text, link)
        elif node.kind == "close":
            shown += "</%s>" % node.text
        else:
            shown += escape(node.text, quote=False)
    return shown
