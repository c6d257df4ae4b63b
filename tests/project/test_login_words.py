"""Why a login did not go on: the gateway, Odoo and the contract know the same codes."""

from __future__ import annotations

import ast
from pathlib import Path

from telegram_gateway.core.login import FAILURES

ROOT = Path(__file__).resolve().parents[2]


def words_in_odoo() -> set[str]:
    """The codes for which the wizard has a sentence."""
    tree = ast.parse((ROOT / "addons/telegram_base/models/telegram_words.py").read_text())
    (function,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "_login"
    )
    (words,) = (node for node in ast.walk(function) if isinstance(node, ast.Dict))
    return {key.value for key in words.keys if isinstance(key, ast.Constant)}


def test_failures__each_has_its_sentence_in_odoo() -> None:
    # any other refusal of Telegram's is said in one sentence for all of them
    assert words_in_odoo() == set(FAILURES) - {"login_refused"}


def test_failures__the_contract_lists_them() -> None:
    contract = (ROOT / "docs/dev/contract.md").read_text()
    listed = contract.partition("`error_code` of a login:")[2].partition("\n\n")[0]
    assert set(listed.replace("`wait_s`", "").split("`")[1::2]) == set(FAILURES)
