"""The users of the demo school's Odoo."""

from __future__ import annotations

from dataclasses import dataclass

from .odoo import ADMIN, Rpc

DOORBELL = "doorbell"


@dataclass(frozen=True)
class Login:
    """A login to the demo's Odoo."""

    what: str
    login: str
    password: str


def make_doorbell(rpc: Rpc, password: str) -> None:
    """The gateway's user in Odoo: it may ring, and nothing else."""
    group = _ref(rpc, "telegram_base.group_doorbell")
    values = {
        "name": "Telegram gateway",
        "login": DOORBELL,
        "password": password,
        "groups_id": [(6, 0, [group])],
    }
    rpc.execute("res.users", "create", values, context={"no_reset_password": True})


def shorten_notices(rpc: Rpc, seconds: int = 2) -> None:
    """A school waits longer for further changes before it says them in one message."""
    rpc.execute("ir.config_parameter", "set_param", "telegram_school.notice_seconds", str(seconds))


def make_logins(rpc: Rpc) -> list[Login]:
    """Make a manager (the administrator, in French), a supervisor and a teacher. The school is in
    France, so telephone numbers without a country are French."""
    france = _ref(rpc, "base.fr")
    company = {"name": "École Démo", "country_id": france}
    rpc.execute("res.company", "write", [_ref(rpc, "base.main_company")], company)
    admin_id = _ref(rpc, "base.user_admin")
    rpc.execute("res.users", "write", [admin_id], {"lang": "fr_FR", "tz": "Europe/Paris"})
    logins = [Login("Manager", *ADMIN)]
    for what, login, name in (
        ("Supervisor", "superviseur", "Samia Surveillante"),
        ("Teacher", "enseignant", "Émile Enseignant"),
    ):
        groups = ["base.group_user", f"small_school.group_{what.lower()}"]
        values = {
            "name": name,
            "login": login,
            "password": login,
            "lang": "fr_FR",
            "tz": "Europe/Paris",
            "groups_id": [(6, 0, [_ref(rpc, group) for group in groups])],
        }
        rpc.execute("res.users", "create", values, context={"no_reset_password": True})
        logins.append(Login(what, login, login))
    return logins


def _ref(rpc: Rpc, xml_id: str) -> int:
    module, _, name = xml_id.partition(".")
    domain = [("module", "=", module), ("name", "=", name)]
    found = rpc.execute("ir.model.data", "search_read", domain, ["res_id"])
    return int(found[0]["res_id"])
