"""Which texts of a page are English although the page is French: those that the product itself
translates."""

from __future__ import annotations

import ast
import re

from playwright.async_api import Page

from demo.stack.environment import ROOT

#: Texts of the page that somebody sees: of elements, and of their titles and placeholders.
_SEEN = """() => {
    const seen = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const place = walker.currentNode.parentElement;
        if (place.offsetParent !== null && !["SCRIPT", "STYLE"].includes(place.tagName)) {
            seen.push(walker.currentNode.textContent);
        }
    }
    for (const one of document.querySelectorAll("[title], [placeholder]")) {
        if (one.offsetParent !== null) {
            seen.push(one.title, one.placeholder || "");
        }
    }
    return seen;
}"""


def _read(lines: str) -> str:
    return "".join(ast.literal_eval(line) for line in re.findall(r'^"(?:.*)"$', lines, re.M))


def english() -> set[str]:
    """The product's English texts that have another French one."""
    words, french = set(), set()
    for path in (ROOT / "addons").glob("*/i18n/fr.po"):
        for entry in path.read_text(encoding="utf-8").split("\n\n"):
            found = re.search(r'^msgid ((?:"[^\n]*"\n)+)msgstr ((?:"[^\n]*"\n?)+)', entry, re.M)
            if found:
                source, word = (_read(part) for part in found.groups())
                french.add(word.strip())
                if word and source != word:
                    words.add(source.strip())
    return {word for word in words - french if any(map(str.isalpha, word))}


async def english_on(page: Page) -> set[str]:
    """The English texts on the page."""
    seen = {" ".join(text.split()) for text in await page.evaluate(_SEEN)}
    return seen & english()
