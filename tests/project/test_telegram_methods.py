"""Three things agree: what the gateway asks Telegram for and by which account, what the sandbox
answers, and what is documented of Telegram's methods (the sandbox's table of facts).

In the gateway's sources a client is called `bot` or `user` and a request is given to it, or with it
to a function of ours: `user(functions.…)`, `_change(user, functions.…)`. That is how its account is
known; what goes through Telethon's own calls is told in `CONVENIENCE`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import telethon
from telegram_sandbox import facts
from telegram_sandbox.dispatch import REGISTRY, method_name
from telegram_sandbox.services import load_services
from telethon.tl import functions
from telethon.tl.alltlobjects import tlobjects

ROOT = Path(__file__).resolve().parents[2]
GATEWAY = ROOT / "gateway/src/telegram_gateway"
SANDBOX = ROOT / "sandbox/src/telegram_sandbox"
TELETHON = Path(telethon.__file__).parent

#: Differences that are right, and why; (method, account) → reason with its source.
REASONS: dict[tuple[str, str], str] = {}

BOTH, BOT, USER = ("bot", "user"), ("bot",), ("user",)

#: Where a client is called otherwise than `bot` or `user`, or not named: which account's it is.
OTHER_CLIENTS = {
    "telegram/login.py": USER,  # by code and QR; the bot's is through `CONVENIENCE` alone
    "accounts.py": BOTH,
    "telegram/client.py": BOTH,
    "telegram/gate.py": BOTH,
    "telegram/groups.py": BOTH,
    "telegram/replay.py": BOTH,
    "telegram/peers.py": BOT,  # only bots may ask by the id alone
}

#: Telethon's own calls → the methods that they ask for with our arguments, and for which account.
CONVENIENCE: dict[str, dict[str, tuple[str, ...]]] = {
    "connect": {
        "help.getConfig": BOTH,
        "users.getUsers": BOTH,  # who this is, when the session does not say
        "updates.getState": BOTH,  # the loop of updates, which begins with it
        "updates.getDifference": BOTH,
        "updates.getChannelDifference": BOTH,
    },
    "get_me": {"users.getUsers": BOTH},
    "get_input_entity": {"contacts.resolveUsername": USER},  # the bot is looked for by its name
    "get_entity": {"contacts.resolveUsername": USER, "channels.getChannels": USER},
    "iter_dialogs": {"messages.getDialogs": USER},
    "upload_file": {"upload.saveFilePart": BOT},
    "sign_in": {
        "auth.signIn": USER,
        "account.getPassword": USER,
        "auth.checkPassword": USER,
        "auth.importBotAuthorization": BOT,
    },
    "send_code_request": {"auth.sendCode": USER},
    "is_user_authorized": {"updates.getState": BOTH},
    "log_out": {"auth.logOut": BOTH},
    "_switch_dc": {"help.getConfig": USER},
    "_on_login": {"updates.getState": USER},
}
#: Those that ask for nothing.
SILENT = {
    "add_event_handler",
    "remove_event_handler",
    "disconnect",
    "is_connected",
    "_save_states_and_entities",
}

#: Service messages of the protocol: of a connection, whoever has logged in there, or nobody.
OF_THE_PROTOCOL = {"ping"}

#: What the sandbox's wire itself answers, before any method.
INTERNAL = {"INTERNAL", "MSG_WAIT_FAILED", "CONNECTION_LAYER_INVALID", "INPUT_FETCH_ERROR"}


class Asked(NamedTuple):
    method: str
    account: str
    where: str


def sources(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(folder).as_posix(), ast.parse(path.read_text())


def accounts_of(client: ast.expr, file: str) -> tuple[str, ...]:
    """Whose the client is: ("bot",), ("user",) or both; () for what is none."""
    if isinstance(client, ast.Call):  # `self._under_way()`
        client = client.func
    name = getattr(client, "id", None) or getattr(client, "attr", None)
    if name in BOTH:
        return (str(name),)
    return OTHER_CLIENTS.get(file, ()) if name in ("client", "self", "_under_way") else ()


def accounts_in(call: ast.Call, file: str) -> tuple[str, ...]:
    """Whose client is called, or given to the function that is."""
    given = (one for argument in call.args for one in accounts_of(argument, file))
    return accounts_of(call.func, file) or tuple(given)


def request_of(node: ast.AST) -> str | None:
    """The method of a `functions.…Request`, by its TL name."""
    if not isinstance(node, ast.Attribute) or not node.attr.endswith("Request"):
        return None
    path = ast.unparse(node).split(".")
    if path[0] not in ("functions", "fn"):
        return None
    part = functions
    for name in path[1:]:
        part = getattr(part, name, None)
    return part and method_name(part)


def requests_in(node: ast.AST) -> set[str]:
    found = {method for one in ast.walk(node) if (method := request_of(one))}
    return found - OF_THE_PROTOCOL


def scopes(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def asked_in(file: str, tree: ast.Module) -> Iterator[Asked]:
    """Every request of the file, once for each account that may ask for it."""
    for scope in scopes(tree):
        calls = [node for node in ast.walk(scope) if isinstance(node, ast.Call)]
        named: dict[str, set[str]] = {}  # a variable that holds a request → its methods
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                method = request_of(node.value.func)
                for target in node.targets if method else ():
                    named.setdefault(ast.unparse(target), set()).add(str(method))
        askers_of: dict[str, set[tuple[str, int]]] = {
            method: set() for method in requests_in(scope)
        }
        for call in calls:
            for argument in call.args:
                for method in requests_in(argument) | named.get(ast.unparse(argument), set()):
                    askers_of[method] |= {(one, call.lineno) for one in accounts_in(call, file)}
            if isinstance(call.func, ast.Attribute):
                accounts = accounts_of(call.func.value, file)
                convenience = CONVENIENCE.get(call.func.attr, {}) if accounts else {}
                for method, by in convenience.items():
                    # of a client that is called neither, whichever the method is for
                    asking = by if accounts == OTHER_CLIENTS.get(file) else accounts
                    where = f"{file}:{call.lineno}"
                    yield from (Asked(method, one, where) for one in asking if one in by)
        for method, askers in askers_of.items():
            for account, line in askers or {(one, 0) for one in OTHER_CLIENTS.get(file, ())}:
                yield Asked(method, account, f"{file}:{line}")


def all_asked() -> list[Asked]:
    return [one for file, tree in sources(GATEWAY) for one in asked_in(file, tree)]


def show(found: Iterable[object]) -> str:
    return "\n".join(sorted(map(str, found)))


def test_gateway__asks_only_for_what_the_account_may() -> None:
    wrong = set()
    for request in all_asked():
        row = facts.methods().get(request.method)
        may = row is not None and (row.bots_may if request.account == "bot" else row.users_may)
        if not may and (request.method, request.account) not in REASONS:
            wrong.add(f"{request.where}: {request.method} by the {request.account}")
    assert not wrong, show(wrong)


def test_gateway__every_request_has_an_account() -> None:
    """No request is asked for in a way that this file does not see."""
    unseen = set()
    for file, tree in sources(GATEWAY):
        seen = {request.method for request in asked_in(file, tree)}
        unseen |= {f"{file}: {method}" for method in requests_in(tree) - seen}
    assert not unseen, show(unseen)


def test_gateway__every_call_of_telethon_is_known() -> None:
    unknown = set()
    known = CONVENIENCE.keys() | SILENT
    for file, tree in sources(GATEWAY / "telegram"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name = node.func.attr
                is_client = accounts_of(node.func.value, f"telegram/{file}")
                if is_client and hasattr(telethon.TelegramClient, name) and name not in known:
                    unknown.add(f"telegram/{file}:{node.lineno}: {name}")
    assert not unknown, show(unknown)


def test_convenience__is_what_telethon_does() -> None:
    """Each method that is told of is asked for somewhere in Telethon's client; that the call leads
    to it is for the reader."""
    requests = set()
    for part in ("client", "_updates"):
        for _file, tree in sources(TELETHON / part):
            requests |= requests_in(tree)
    convenience = {method for methods in CONVENIENCE.values() for method in methods}
    assert convenience <= requests, show(convenience - requests)


def test_sandbox__answers_all_that_the_gateway_asks_for() -> None:
    load_services()
    handled = {method_name(tlobjects[number]) for number in REGISTRY}
    missing = {one.method for one in all_asked()} - handled
    assert not missing, show(missing)


def test_sandbox__knows_no_error_that_nobody_else_knows() -> None:
    """Which of them a method may answer with is watched while the sandbox runs."""
    invented = set()
    for file, tree in sources(SANDBOX):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "RpcError":
                continue
            for message in texts(node.args[1]):
                name = facts.generic(message)
                if name not in facts.names() | INTERNAL:
                    invented.add(f"{file}:{node.lineno}: {name}")
    assert not invented, show(invented)


def texts(node: ast.expr) -> Iterator[str]:
    """The names that may be meant; `f"FLOOD_WAIT_{wait}"` is "FLOOD_WAIT_0". None of a variable."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(
                str(getattr(part, "value", 0)) if isinstance(part, ast.Constant) else "0"
                for part in parts
            )
        case ast.IfExp(body=one, orelse=other):
            yield from texts(one)
            yield from texts(other)


def test_facts__every_source_is_told() -> None:
    rows = [row.errors for row in facts.methods().values()]
    used = {source for errors in (facts.any_method(), *rows) for source in errors.values()}
    assert used <= facts.sources().keys()


def test_facts__a_correction_is_of_a_method_of_the_schema() -> None:
    """Telethon's classes are those of the layer that is spoken."""
    schema = {method_name(one) for one in tlobjects.values() if one.__name__.endswith("Request")}
    assert {name for name in facts.corrected()} <= schema
