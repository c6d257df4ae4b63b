"""The page “Health” in Chromium: in French and English, wide and on a phone, well and with every
kind of trouble. The pictures are left in .local/screenshots to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.async_api import Browser, Page

from demo.stack.odoo import DATABASE
from demo.stack.stack import Stack

from .scene import Scene
from .test_browser import browser, logged_in, open_action, shoot

assert browser  # the fixture

ACTION = "telegram_base.telegram_health_action"
# In a pool of their own, so that the gateway at work is not disturbed.
TROUBLES = """
    INSERT INTO telegram_lease (pool, process, generation, taken_at, renewed_at, expires_at)
        VALUES ('essai', 'serveur-2', 1, '2026-01-05', '2026-01-06 09:00', '2026-01-06 09:00:15');
    INSERT INTO telegram_account (pool, kind, tg_user_id, name, state, state_at, error_code)
        VALUES ('essai', 'user', 77, 'École Test', 'lost', '2026-01-06', 'SESSION_REVOKED');
    INSERT INTO telegram_chat (name, mark, pool, active, title_policy, promotion_policy,
            join_policy, leave_policy, is_reviewed, create_date)
        SELECT n || ' <i>essai</i>', n, 'essai', true, 'accept', 'restore', 'ask', 'unenrol',
            n <> 'Ancien', '2026-01-01'
        FROM unnest(ARRAY['Cassé', 'Retenus', 'Ancien', 'Jamais', 'Voilé', 'Arrêté']) n;
    INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, error_code, checked_at,
            checked_people, checked_differences, is_list_whole)
        SELECT id, id + 10000, CASE mark WHEN 'Cassé' THEN 'broken' ELSE 'ready' END,
            CASE mark WHEN 'Cassé' THEN 'CHAT_ADMIN_REQUIRED' END, '2026-01-05 10:00', 12, 1,
            mark <> 'Voilé'
        FROM telegram_chat WHERE pool = 'essai' AND mark <> 'Jamais';
    INSERT INTO telegram_member (chat_id, tg_user_id, state)
        SELECT id, 88, 'held' FROM telegram_chat WHERE mark = 'Retenus';
    INSERT INTO telegram_pause (pool, chat_id, paused_at, paused_uid)
        SELECT 'essai', id, '2026-01-06', 2 FROM telegram_chat WHERE mark = 'Arrêté';
    INSERT INTO telegram_pause (pool, paused_at, paused_uid) VALUES ('essai', '2026-01-06', 2);
    INSERT INTO telegram_outbox (pool, kind, chat_id, state, state_at, error_code)
        SELECT 'essai', 'send', id, 'failed', '2026-01-06', 'USER_PRIVACY_RESTRICTED'
        FROM telegram_chat WHERE pool = 'essai';
    INSERT INTO telegram_outbox (pool, kind, state, state_at, due_at)
        VALUES ('essai', 'open_call', 'expired', now() AT TIME ZONE 'utc', '2026-01-06'),
               ('essai', 'close_call', 'pending', NULL, '2026-01-06');
    INSERT INTO telegram_inbox (pool, fact, kind, chat_id, state, error, handled_at)
        SELECT 'essai', 'essai:' || id, 'member_left', id, 'set_aside',
            'La feuille de présence est verrouillée.', '2026-01-06'
        FROM telegram_chat WHERE mark IN ('Cassé', 'Retenus');
    UPDATE ir_cron SET active = false WHERE id = (SELECT res_id FROM ir_model_data
        WHERE module = 'telegram_base' AND name = 'cron_ring');
"""
MENDED = """
    DELETE FROM telegram_inbox WHERE pool = 'essai';
    DELETE FROM telegram_outbox WHERE pool = 'essai';
    DELETE FROM telegram_pause WHERE pool = 'essai';
    DELETE FROM telegram_trouble WHERE pool = 'essai';
    DELETE FROM telegram_chat WHERE pool = 'essai';
    DELETE FROM telegram_account WHERE pool = 'essai';
    DELETE FROM telegram_lease WHERE pool = 'essai';
    UPDATE ir_cron SET active = true WHERE id = (SELECT res_id FROM ir_model_data
        WHERE module = 'telegram_base' AND name = 'cron_ring');
"""
WORDS = {
    "fr_FR": {
        "well": "Tout va bien",
        "down": "Telegram n'est pas servi",
        "drop": "Tout abandonner",
        "pause": "Mettre en pause",
        "resume": "Reprendre",
    },
    "en_US": {
        "well": "All is well",
        "down": "Telegram is not being served",
        "drop": "Drop all",
        "pause": "Pause",
        "resume": "Resume",
    },
}


@contextmanager
def troubles(stack: Stack) -> Iterator[None]:
    """Every kind of trouble, until the end of the block."""
    stack.cluster.sql(TROUBLES, DATABASE)
    try:
        yield
    finally:
        stack.cluster.sql(MENDED, DATABASE)


async def shoot_both(page: Page, name: str) -> None:
    """The page at both widths, as a whole; nothing of it reaches over the edge."""
    for width in (1300, 360):
        await page.set_viewport_size({"width": width, "height": 900})
        too_wide = await page.evaluate(
            "[...document.querySelectorAll('.o_telegram_health *')]"
            f".filter(e => e.getBoundingClientRect().right > {width + 1}).length"
        )
        assert too_wide == 0, (name, width)
        # the client scrolls inside: as high as what is in it
        height = await page.evaluate(
            "document.querySelector('.o_telegram_health').getBoundingClientRect().height"
        )
        await page.set_viewport_size({"width": width, "height": int(height) + 150})
        await shoot(page, f"{name}-{width}")
    await page.set_viewport_size({"width": 1300, "height": 900})


async def is_settled(scene: Scene) -> bool:
    """Return whether nobody needs to act: what other tests left is over."""
    bad = [("level", "in", ("act", "down"))]
    return not await scene.school.find("telegram.health", bad, ["code"])


@pytest.mark.timeout(240)
@pytest.mark.parametrize("lang", list(WORDS))
async def test_page__well_then_every_trouble_then_well(
    scene: Scene, browser: Browser, lang: str
) -> None:
    stack, words = scene.stack, WORDS[lang]
    room = await scene.room(f"Page de Santé {lang}", students=1)
    [admin] = await scene.school.find("res.users", [("login", "=", "admin")], ["id"])
    await scene.call("res.users", "write", [admin["id"]], {"lang": lang})
    page = await logged_in(browser, stack, "admin", "admin")
    await open_action(page, stack, ACTION)
    shown = page.locator(".o_telegram_health")
    await shown.filter(has_text=room.name).wait_for()
    if await is_settled(scene):
        await shown.filter(has_text=words["well"]).wait_for()
    await shoot_both(page, f"{lang[:2]}-health-well")
    with troubles(stack):
        # it looks again by itself
        await shown.filter(has_text=words["down"]).wait_for()
        await shoot_both(page, f"{lang[:2]}-health-troubles")
        line = page.locator("[data-code=commands_failed]", has_text="essai")
        await line.get_by_text(words["drop"]).click()
        await page.locator(".modal .btn-primary").click()
        await line.wait_for(state="detached")
    await page.locator(".o_telegram_down").first.wait_for(state="detached")
    # one group paused and resumed by its own buttons
    chat = page.locator(".o_telegram_chats [data-chat]", has_text=room.name)
    await chat.get_by_text(words["pause"], exact=True).click()
    await page.locator(".modal .btn-primary").click()
    await chat.get_by_text(words["resume"], exact=True).click()
    await chat.get_by_text(words["pause"], exact=True).wait_for()
    assert await page.locator(".o_dialog_error, .o_error_dialog").count() == 0
    assert page.errors == []  # type: ignore[attr-defined]
