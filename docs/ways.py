"""Draws docs/dev/ways.svg: the ways E and L through the two programs. Run: .local/venv/bin/python
docs/ways.py

Both halves are taken from the code: each stop is a function, and says which earlier stop calls it,
or how it is reached. tests/project/test_ways.py follows these calls in the sources, so a stop that
is not called any more, or a file between two stops that is not named here, fails there. Odoo finds
methods of models by their names, so there the caller has to name the method; a service or a rule
has to be imported, too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from telegram_gateway.core.kinds import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "gateway/src"
ADDONS = ROOT / "addons"
PICTURE = ROOT / "docs/dev/ways.svg"
PACKAGE = "telegram_gateway"

#: How a stop is reached if no earlier one calls it by name.
BY_TABLE = "by the table of kinds"  # its handler stands in core/kinds.py
BY_LISTENER = "as the listener of updates"  # run/service.py says who listens
BY_ODOO = "by Odoo, for a form or an import"  # an override of a method of Odoo's own
BY_DOORBELL = "by the gateway's ring"  # database/doorbell.py calls it over HTTP
BY_FORM = "by the open form"  # a script of the form calls it
REACHED = (BY_TABLE, BY_LISTENER, BY_ODOO, BY_DOORBELL, BY_FORM)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One stop of a way. `target`: "package.module:function". `caller`: the target that calls it,
    or how it is reached; empty: the way enters here."""

    target: str
    what: str
    caller: str = ""

    @property
    def is_gateway(self) -> bool:
        """Else it is in an addon."""
        return self.target.startswith(f"{PACKAGE}.")

    @property
    def addon(self) -> str:
        """The addon's name; empty in the gateway."""
        return "" if self.is_gateway else self.target.partition(".")[0]

    @property
    def module(self) -> str:
        """The file in the gateway ("run/dispatch.py") or in its addon ("models/res_users.py")."""
        path = self.target.partition(":")[0].partition(".")[2]
        return path.replace(".", "/") + ".py"

    @property
    def label(self) -> str:
        """File and function, as the picture has them."""
        return f"{self.module}  {self.target.partition(':')[2].rpartition('.')[2]}"


def files(way: tuple[Stop, ...]) -> set[tuple[str, str]]:
    """The files that a way passes, each as (addon, path in it or in the gateway)."""
    return {(stop.addon, stop.module) for stop in way}


def _gateway(target: str, what: str, caller: str = "") -> Stop:
    full = f"{PACKAGE}.{target}"
    if caller not in ("", *REACHED):
        caller = f"{PACKAGE}.{caller}"
    return Stop(target=full, what=what, caller=caller)


def _odoo(target: str, what: str, caller: str = "") -> Stop:
    return Stop(target=target, what=what, caller=caller)


_ENROL = "small_school_telegram.models.small_school_enrolment:ClassroomEnrolment.create"
_PLACE = "telegram_school.models.membership.telegram_enrolment_mixin:TelegramEnrolmentMixin.create"
_SYNC = "telegram_school.services.membership.roster:ClassRoster.sync"
_LISTED = "small_school_telegram.models.small_school_classroom:ClassroomClassroom._telegram_people"
_CHAT = "telegram_base.models.membership.telegram_chat:TelegramChat"
_ROSTER = "telegram_base.models.membership.telegram_roster:TelegramRoster._set"
_OUTBOX = "telegram_base.models.run.telegram_outbox:TelegramOutbox._enqueue"
_RING = "telegram_base.models.run.telegram_inbox:TelegramInbox.ring"
_RUN = "telegram_base.models.run.inbox_run:InboxRun.run"
_RECORD = "telegram_base.models.attendance.recording:PresenceRecorder.record"
_PRESENCE = "telegram_base.models.attendance.telegram_presence:TelegramPresence"
_LIVE = (
    "telegram_school.models.calls.telegram_lesson_page_mixin:TelegramLessonPageMixin.action_live"
)
_LOOK = "telegram_school.services.attendance.timeline:Timeline.look"
_SHEET = "telegram_school.services.attendance.sheet:LessonSheet.refresh"
_DISPATCH = "run.dispatch:Dispatcher.turn"
_LANE = COMMANDS["reconcile"].handler.removeprefix(f"{PACKAGE}.")
_RECONCILE = "membership.reconcile:reconcile"
_WATCH = "calls.watch:CallWatch.on_participants"
_REPORT = "pool:Pool.report_as_owner"

#: An enrolment goes out.
E = (
    _odoo(_ENROL, "a student is enrolled", BY_ODOO),
    _odoo(_PLACE, "whose place changes, and in which classes", _ENROL),
    _odoo(_SYNC, "the roster of a class, for these people", _PLACE),
    _odoo(_LISTED, "the adapter’s answer: who belongs", _SYNC),
    _odoo(f"{_CHAT}._set_roster", "the group of the class", _SYNC),
    _odoo(_ROSTER, "only rows that differ, in one statement", f"{_CHAT}._set_roster"),
    _odoo(f"{_CHAT}._reconcile", "if any did: the command reconcile", _ROSTER),
    _odoo(_OUTBOX, "its row, and a signal to the gateway", f"{_CHAT}._reconcile"),
    _gateway(_DISPATCH, "which commands are due"),
    _gateway("database.outbox:claim", "claimed, unless Odoo cancels first", _DISPATCH),
    _gateway(_LANE, "one reconciliation of a chat after the other", BY_TABLE),
    _gateway(_RECONCILE, "observe, merge, carry out, record", _LANE),
    _gateway(
        "database.members:load_roster", "the roster, beside base and observations", _RECONCILE
    ),
    _gateway("core.merge:merge", "PURE: all of them become a plan", _RECONCILE),
    _gateway("core.decide:decide", "PURE: one person", "core.merge:merge"),
    _gateway("membership.steps:carry_out", "the steps, one after the other", _RECONCILE),
    _gateway("telegram.apply:do_step", "one request to Telegram", "membership.steps:carry_out"),
    _gateway("database.members:save_members", "the new base, and facts for Odoo", _RECONCILE),
)

#: Somebody leaves the call.
L = (
    _gateway("telegram.updates:user_update", "Telegram’s update becomes a value"),
    _gateway("run.router:Router.on_update", "which lane handles it", BY_LISTENER),
    _gateway(_WATCH, "the watch that follows this call", "run.router:Router.on_update"),
    _gateway("core.presence:on_update", "PURE: who left, between which instants", _WATCH),
    _gateway("calls.facts:participant_fact", "what Odoo is told", _WATCH),
    _gateway(_REPORT, "under the lease", _WATCH),
    _gateway("database.inbox:insert_facts", "a row with an id of its own", _REPORT),
    _gateway("database.doorbell:Doorbell.press", "Odoo is rung at", _REPORT),
    _odoo(_RING, "one at a time handles what waits", BY_DOORBELL),
    _odoo(_RUN, "in their order; those of calls many at once", _RING),
    _odoo(_RECORD, "facts become observations of a call", _RUN),
    _odoo(f"{_PRESENCE}._append", "append-only rows", _RECORD),
    _odoo(_LIVE, "the open form asks; at the end the clock does", BY_FORM),
    _odoo(_LOOK, "computed anew if something was seen", _LIVE),
    _odoo(_SHEET, "who is expected, and what was seen of them", _LOOK),
    _odoo(f"{_PRESENCE}._events", "the rows of the lesson’s calls", _SHEET),
    _odoo("telegram_school.rules.intervals:observe", "PURE: stays, and their gaps", _SHEET),
    _odoo("telegram_school.rules.attendance:verdict", "PURE: present, late, absent…", _SHEET),
    _odoo(
        "telegram_school.services.attendance.school_sheet:SchoolSheet.keep",
        "the lines of the sheet",
        _SHEET,
    ),
)


# --- following the code ---------------------------------------------------------------------------


def path_of(module: str) -> Path:
    """The file of a dotted module, or of a package; it need not be there."""
    folder = SOURCE if module.partition(".")[0] == PACKAGE else ADDONS
    path = folder / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@dataclass(frozen=True)
class Module:
    """What one module defines and imports. `functions` by qualified name ("Class.method");
    `imported`: name here → "module:name", or a module's dotted name."""

    functions: dict[str, ast.AST]
    imported: dict[str, str]

    def named(self, name: str) -> list[str]:
        """The qualified names of its functions and methods with this name."""
        return [full for full in self.functions if full.rpartition(".")[2] == name]


@cache
def read(module: str) -> Module:
    """A module of the gateway or of an addon, read from its source."""
    functions: dict[str, ast.AST] = {}
    imported: dict[str, str] = {}
    tree = ast.parse(path_of(module).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                    functions[f"{node.name}.{part.name}"] = part
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (origin := _origin(module, node)):
            for alias in node.names:
                whole = f"{origin}.{alias.name}"
                is_module = path_of(whole).is_file()
                imported[alias.asname or alias.name] = (
                    whole if is_module else f"{origin}:{alias.name}"
                )
    return Module(functions, imported)


def _origin(module: str, node: ast.ImportFrom) -> str:
    """What an import is from, as a dotted name of ours; empty if it is not ours."""
    name = (node.module or "").removeprefix("odoo.addons.")
    if node.level:
        above = ".".join(module.split(".")[: -node.level])
        name = f"{above}.{name}" if name else above
    ours = name.partition(".")[0]
    return name if ours == PACKAGE or (ADDONS / ours / "__manifest__.py").is_file() else ""


def reach(caller: str, target: str) -> bool:
    """Whether a function of an addon calls another one: it, or what it calls in its own module,
    names that; and the module imports what is no method of a model."""
    module, _, first = caller.partition(":")
    here = read(module)
    origin, _, whole = target.partition(":")
    wanted = whole.rpartition(".")[2]
    seen: set[str] = set()
    todo, is_named = [first], False
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for node in ast.walk(here.functions[name]):
            attribute = isinstance(node, ast.Attribute)
            used = node.attr if attribute else node.id if isinstance(node, ast.Name) else ""
            is_named |= used == wanted
            todo += here.named(used) if used else []
    if not is_named or is_model(origin, whole):
        return is_named
    return any(one.partition(":")[0] == origin for one in here.imported.values())


def is_model(module: str, name: str) -> bool:
    """Whether a function is a method of a model, which Odoo finds by name."""
    owner = name.rpartition(".")[0]
    for node in ast.parse(path_of(module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == owner:
            return any(ast.unparse(base).startswith("models.") for base in node.bases)
    return False


@cache
def methods() -> dict[str, list[str]]:
    """Each method's name → the targets in the gateway that have it."""
    found: dict[str, list[str]] = {}
    for path in sorted((SOURCE / PACKAGE).rglob("*.py")):
        if path.name == "__init__.py":
            continue
        module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        for name in read(module).functions:
            if "." in name:
                found.setdefault(name.rpartition(".")[2], []).append(f"{module}:{name}")
    return found


def called_by(target: str) -> set[str]:
    """The functions of other modules that a function names, itself or by others of its own module.

    A method of an object counts if only one class of the gateway has a method of that name.
    """
    module, _, first = target.partition(":")
    here = read(module)
    found: set[str] = set()
    seen: set[str] = set()
    todo = [first]
    while todo:
        name = todo.pop()
        if name in seen or name not in here.functions:
            continue
        seen.add(name)
        for node in ast.walk(here.functions[name]):
            own, others = _named_in(node, here)
            todo += own
            found |= set(others)
    return found


def _named_in(node: ast.AST, here: Module) -> tuple[list[str], list[str]]:
    """(functions of this module, targets in others) that one node of its code names."""
    if isinstance(node, ast.Name):
        imported = here.imported.get(node.id, "")
        return here.named(node.id), [imported] if ":" in imported else []
    if not isinstance(node, ast.Attribute):
        return [], []
    if isinstance(node.value, ast.Name) and node.value.id in here.imported:
        imported = here.imported[node.value.id]
        dot = "." if ":" in imported else ":"
        return [], [f"{imported}{dot}{node.attr}"]
    if own := here.named(node.attr):
        return own, []
    elsewhere = methods().get(node.attr, [])
    return [], elsewhere if len(elsewhere) == 1 else []


# --- the picture ----------------------------------------------------------------------------------

WIDTH, HEIGHT, GAP, TOP = 490, 44, 12, 74
LEFT, RIGHT = 30, 30 + WIDTH + 50
_COLOURS = {True: ("#e8f2fb", "#2481cc"), False: ("#f3ecf5", "#714b67")}


def _box(x: int, y: int, name: str, stop: Stop) -> str:
    fill, line = _COLOURS[stop.is_gateway]
    return (
        f'<g><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{fill}" '
        f'stroke="{line}" stroke-width="1.5"/>'
        f'<text x="{x + 10}" y="{y + 18}" font-weight="bold" fill="{line}">{name}</text>'
        f'<text x="{x + 46}" y="{y + 18}" font-size="12.5" xml:space="preserve">'
        f"{escape(stop.label)}</text>"
        f'<text x="{x + 46}" y="{y + 36}" font-size="12" fill="#555">{escape(stop.what)}</text>'
        f'<text x="{x + WIDTH - 10}" y="{y + 36}" font-size="11" fill="{line}" '
        f'text-anchor="end">{stop.addon}</text></g>'
    )


def _arrow(x: int, y1: int, y2: int) -> str:
    return (
        f'<line x1="{x}" y1="{y1}" x2="{x}" y2="{y2}" stroke="#777" stroke-width="1.6" '
        'marker-end="url(#tip)"/>'
    )


def _column(way: tuple[Stop, ...], letter: str, x: int, *, is_upward: bool) -> Iterator[str]:
    """One way as a column: E goes down from Odoo, L comes up from Telegram."""
    step = HEIGHT + GAP
    rows = max(len(E), len(L))
    for index, stop in enumerate(way):
        row = rows - 1 - index if is_upward else index
        y = TOP + row * step
        yield _box(x, y, f"{letter}{index + 1}", stop)
        if index + 1 < len(way):
            middle = x + WIDTH // 2
            yield (
                _arrow(middle, y - 1, y - GAP + 1)
                if is_upward
                else _arrow(middle, y + HEIGHT + 1, y + step - 1)
            )


def draw() -> str:
    """The picture, as SVG."""
    height = TOP + max(len(E), len(L)) * (HEIGHT + GAP) + 6
    width = RIGHT + WIDTH + 30
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="DejaVu Sans, sans-serif" font-size="13">',
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#777"/></marker></defs>',
            '<rect width="100%" height="100%" fill="white"/>',
            f'<text x="{LEFT}" y="34" font-size="15" font-weight="bold">'
            "E  an enrolment goes out (downward)</text>",
            f'<text x="{RIGHT}" y="34" font-size="15" font-weight="bold">'
            "L  somebody leaves the call (upward)</text>",
            f'<text x="{LEFT}" y="58" font-size="12" fill="#714b67">Odoo (addons)</text>',
            f'<text x="{LEFT + 110}" y="58" font-size="12" fill="#2481cc">gateway</text>',
            *_column(E, "E", LEFT, is_upward=False),
            *_column(L, "L", RIGHT, is_upward=True),
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
