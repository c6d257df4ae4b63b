"""Looks up whose a telephone number is, rarely: `contacts.importContacts` is made for address
books, and asking often gets an account limited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from telethon import TelegramClient, functions, types

from telegram_gateway.core.model import TgUserId
from telegram_gateway.telegram.errors import translated
from telegram_gateway.telegram.seen import Person, person_from_tl

Answer = Literal["found", "unknown", "hidden", "too_often"]
_CLIENT_ID = 1


@dataclass(frozen=True, kw_only=True)
class Found:
    """The outcome. `unknown`: Telegram says that the number has no account. `hidden`: it shows
    nothing, because there is no account, or its owner does not want to be found. `too_often`:
    Telegram did not look."""

    answer: Answer
    tg_user_id: TgUserId | None = None
    person: Person = Person()


async def by_phone(user: TelegramClient, phone: str) -> Found:
    """Look up one number (E.164), and delete the contact that this creates. Raises TelegramError;
    it does no harm to ask again after one."""
    contact = types.InputPhoneContact(_CLIENT_ID, phone, first_name=phone, last_name="")
    with translated():
        answer = await user(functions.contacts.ImportContactsRequest([contact]))
        if not answer.imported:
            return Found(answer=_without(answer))
        shown = next(person for person in answer.users if person.id == answer.imported[0].user_id)
        # the name is the one that we gave the contact; once it is none, it is the person's own
        updates = await user(functions.contacts.DeleteContactsRequest([shown]))
        people = {person.id: person for person in getattr(updates, "users", [])}
        if shown.id not in people:
            people = {person.id: person for person in await _read_user(user, shown)}
    return Found(
        answer="found",
        tg_user_id=TgUserId(shown.id),
        person=person_from_tl(people.get(shown.id)),
    )


def _without(answer: types.contacts.ImportedContacts) -> Answer:
    if _CLIENT_ID in answer.retry_contacts:
        return "too_often"
    if any(invite.client_id == _CLIENT_ID for invite in answer.popular_invites):
        return "unknown"
    return "hidden"


async def _read_user(user: TelegramClient, shown: types.User) -> list[types.User]:
    peer = types.InputUser(shown.id, shown.access_hash or 0)
    return list(await user(functions.users.GetUsersRequest([peer])))
