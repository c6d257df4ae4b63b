"""The contract's tables have the columns of Odoo's models, and no others; both sides know the same
facts."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

from telegram_gateway.core.kinds import FACTS

ROOT = Path(__file__).parents[2]
CONTRACT = (ROOT / "docs/dev/contract.md").read_text()
MODELS = ROOT / "addons/telegram_base/models"

#: Made in SQL, since no field of an Odoo model may have this name.
POOL = "pool"
#: Odoo's own columns, of which the gateway need know nothing.
ODOOS_OWN = {
    "telegram_attachment": {"chat_id", "res_model", "res_id", "key", "error"},
}
_LISTS = {"One2many", "Many2many"}


def columns_in_contract() -> dict[str, set[str]]:
    """The columns that the contract names, by table."""
    columns: dict[str, set[str]] = defaultdict(set)
    part = CONTRACT.split("\n## Tables", 1)[1].split("\n## ", 1)[0]
    for section in part.split("\n### ")[1:]:
        tables = re.findall(r"telegram_\w+", section.partition("\n")[0])
        table = ""
        for line in section.splitlines():
            head = re.match(r"\| Column(?: of `(\w+)`)? \|", line)
            if head:
                table = head[1] or tables[0]
            elif not line.startswith("|"):
                table = ""
            elif table and line.startswith("| `"):
                columns[table] |= set(re.findall(r"`(\w+)`", line.split(" | ")[0]))
    return columns


def _is_stored(call: ast.Call) -> bool:
    arguments = {keyword.arg: keyword.value for keyword in call.keywords}
    return "store" in arguments or not {"compute", "related"} & arguments.keys()


def columns_of_models() -> dict[str, set[str]]:
    """The stored fields of the addon's models, by table; several classes may be one model."""
    columns: dict[str, set[str]] = defaultdict(set)
    mixins: dict[str, set[str]] = defaultdict(set)
    for path in MODELS.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.ClassDef):
                continue
            names: dict[str, str] = {}
            fields: set[str] = set()
            parents: set[str] = set()
            for line in node.body:
                if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
                    continue
                target, value = line.targets[0].id, line.value
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    names[target] = value.value
                elif target == "_inherit" and isinstance(value, ast.List):
                    parents |= set(ast.literal_eval(value))
                elif isinstance(value, ast.Call):
                    kind = getattr(value.func, "attr", getattr(value.func, "id", ""))
                    is_field = kind not in _LISTS and (
                        ast.unparse(value.func).startswith("fields.") or kind == "BigInteger"
                    )
                    if is_field and _is_stored(value):
                        fields.add(target)
            model = names.get("_name") or names.get("_inherit") or ""
            columns[model.replace(".", "_")] |= fields
            mixins[model.replace(".", "_")] |= parents
    for model, parents in mixins.items():
        for parent in parents:
            columns[model] |= columns.get(parent.replace(".", "_"), set())
    return columns


def test_columns__are_those_of_the_models() -> None:
    models, contract = columns_of_models(), columns_in_contract()
    assert contract.keys() >= {"telegram_chat", "telegram_outbox", "telegram_session_known"}
    wrong = {}
    for table, columns in contract.items():
        own = ODOOS_OWN.get(table, set())
        missing, more = models[table] - columns - own, columns - models[table] - {POOL}
        if missing or more:
            wrong[table] = {"missing": missing, "not there": more}
    assert not wrong


def test_facts__each_kind_has_a_row_in_odoo() -> None:
    tree = ast.parse((MODELS / "run/fact_kinds.py").read_text())
    (table,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FACTS"
    )
    assert isinstance(table, ast.Dict)
    assert {ast.literal_eval(key) for key in table.keys if key} == set(FACTS)
