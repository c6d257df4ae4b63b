"""The documents: links lead somewhere, and the school's pages exist in both languages."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from demo.stack.proxy import BLOCK

ROOT = Path(__file__).parents[2]

#: Pages of docs/en without a French page, each with the reason.
NOT_TRANSLATED = {
    "notices.md": "to be translated with the next documents",
    "registers.md": "to be translated with the next documents",
    "timetable.md": "to be translated with the next documents",
}

# [text](target), but not a target with a scheme, such as https://
_LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]+)(?:#[^)]*)?\)")
_ANCHOR = re.compile(r"\]\((?![a-z]+:)([^)#\s]*)#([^)]+)\)")
# a mention in code or in a sentence; patterns such as docs/*.md are none
_MENTION = re.compile(r"(?<![\w/.-])docs/[\w/.-]+\.(?:md|py|svg)\b")


def _texts() -> dict[Path, str]:
    """The text of each file that Git keeps, or would keep; of what is not text, nothing."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    texts = {}
    for name in listed.splitlines():
        path = ROOT / name
        if path.is_file() and path != Path(__file__).resolve():
            texts[path] = path.read_bytes().decode(errors="replace")
    return texts


def test_links__lead_to_a_file() -> None:
    dead = [
        f"{path.relative_to(ROOT)}: {target}"
        for path, text in _texts().items()
        if path.suffix == ".md"
        for target in _LINK.findall(text)
        if not (path.parent / target).exists()
    ]
    assert not dead


def _anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as Git hosts make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links__lead_to_a_heading() -> None:
    dead = [
        f"{path.relative_to(ROOT)}: {target}#{anchor}"
        for path, text in _texts().items()
        if path.suffix == ".md"
        for target, anchor in _ANCHOR.findall(text)
        if anchor not in _anchors((path.parent / target if target else path).read_text())
    ]
    assert not dead


def test_mentions__name_a_file() -> None:
    dead = [
        f"{path.relative_to(ROOT)}: {mention}"
        for path, text in _texts().items()
        for mention in _MENTION.findall(text)
        if not (ROOT / mention).exists()
    ]
    assert not dead


def test_pages_of_the_school__are_there_in_both_languages() -> None:
    english, french = (
        {path.name for path in (ROOT / "docs" / lang).glob("*.md")} for lang in ("en", "fr")
    )
    assert english - french == set(NOT_TRANSLATED)
    assert french <= english


def test_links__of_a_french_page_lead_to_french_pages_where_there_are_some() -> None:
    """README.fr.md and docs/fr name an English page only where no French one exists."""
    wrong = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in [ROOT / "README.fr.md", *(ROOT / "docs/fr").glob("*.md")]
        for target in _LINK.findall(path.read_text())
        if "en" in Path(target).parts and Path(target).name not in NOT_TRANSLATED
    ]
    assert not wrong


def test_commands_of_a_page__are_the_same_in_both_languages() -> None:
    """What stands in a fence, or is a command line, is not translated."""
    for path in (ROOT / "docs/fr").glob("*.md"):
        fences = [
            re.findall(r"```.*?```", page.read_text(), re.S)
            for page in (path, ROOT / "docs/en" / path.name)
        ]
        assert fences[0] == fences[1], path.name


def test_pins_of_a_page__are_those_of_the_requirements() -> None:
    required = (ROOT / "requirements.txt").read_text()
    for path in (ROOT / "docs").rglob("*.md"):
        for pin in re.findall(r"\b[\w.-]+==[\d.]+\d", path.read_text()):
            assert re.search(rf"^{re.escape(pin)}\b", required, re.M), f"{path.name}: {pin}"


def test_install__has_the_proxy_s_lines_that_are_tried() -> None:
    """Those of the demo and of the end-to-end tests."""
    for lang in ("en", "fr"):
        assert BLOCK in (ROOT / f"docs/{lang}/install.md").read_text()
