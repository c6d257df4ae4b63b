"""Accounts that are frozen, and logins too fresh to appoint admins."""

from __future__ import annotations

from datetime import timedelta

import pytest
from telethon import errors
from telethon.tl import functions, types

from .conftest import Phone, Stage
from .test_control import desk

__all__ = ["desk"]
FROZEN = "FROZEN_METHOD_INVALID"
FRESH = "FRESH_CHANGE_ADMINS_FORBIDDEN"


def _name(error: pytest.ExceptionInfo[errors.RPCError]) -> str:
    # Telethon has no class of its own for a new name: then it is the error's message
    known = {cls: name for name, cls in errors.rpc_errors_dict.items()}
    return known.get(type(error.value)) or str(error.value.message)


async def config(phone: Phone) -> dict[str, object]:
    answer = await phone(functions.help.GetAppConfigRequest(hash=0))
    return {one.key: one.value.value for one in answer.config.value}


@pytest.mark.parametrize("code", [420, 406])
async def test_frozen__reads_and_changes_nothing(stage: Stage, desk: object, code: int) -> None:
    stage.world.profile = stage.world.profile.but(frozen_code=code)
    ada = await stage.phone("Ada")
    group = await stage.group(ada)
    assert not any(key.startswith("freeze") for key in await config(ada))
    url = "https://t.me/spambot?start=appeal"
    path = f"/users/{ada.user.id}"
    answer = await desk.patch(
        path, json={"frozen": True, "frozen_for_s": 86_400, "appeal_url": url}
    )
    assert (await answer.json())["frozen"] is True
    with pytest.raises(errors.RPCError) as refused:
        await ada(functions.channels.EditTitleRequest(group, "Geometry"))
    assert _name(refused) == FROZEN  # whatever its number
    with pytest.raises(errors.RPCError):
        await ada(functions.phone.CreateGroupCallRequest(group, 1))
    full = await ada(functions.channels.GetFullChannelRequest(group))
    assert full.chats[0].title == "Algebra"
    fields = await config(ada)
    assert fields["freeze_until_date"] - fields["freeze_since_date"] == 86_400
    assert fields["freeze_appeal_url"] == url
    await desk.patch(path, json={"frozen": False})
    await ada(functions.channels.EditTitleRequest(group, "Geometry"))
    assert not any(key.startswith("freeze") for key in await config(ada))


async def test_fresh__a_login_appoints_nobody_before_its_time(stage: Stage) -> None:
    ada, bob = await stage.phone("Ada"), await stage.phone("Bob")
    group = await stage.group(ada)
    await stage.add(ada, group, bob)
    stage.world.profile = stage.world.profile.but(fresh_login_s=86_400, fresh_code=406)
    with pytest.raises(errors.RPCError) as refused:
        await stage.promote(ada, group, bob, manage_call=True)
    assert _name(refused) == FRESH
    for key in stage.world.logged_in_at:
        stage.world.logged_in_at[key] -= timedelta(days=1)
    await stage.promote(ada, group, bob, manage_call=True)


async def test_fresh__who_was_just_made_an_admin_appoints_nobody_either(stage: Stage) -> None:
    ada, bob, eve = [await stage.phone(name) for name in ("Ada", "Bob", "Eve")]
    group = await stage.group(ada)
    await stage.add(ada, group, bob, eve)
    stage.world.profile = stage.world.profile.but(fresh_admin_s=3_600)
    await stage.promote(ada, group, bob, add_admins=True, manage_call=True)
    seen = await bob.client.get_input_entity(types.PeerChannel(group.id))
    with pytest.raises(errors.RPCError) as refused:
        await stage.promote(bob, seen, eve, manage_call=True)
    assert _name(refused) == FRESH
    stage.world.channels[group.id].members[bob.user.id].promoted_at -= timedelta(hours=1)
    await stage.promote(bob, seen, eve, manage_call=True)
