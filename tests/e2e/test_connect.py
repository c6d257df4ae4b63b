"""The school connects: Odoo's wizard in Chromium, in French, from nothing to a test lesson.
Everything is logged as loudly as it can be, and no secret is found afterwards.

The pictures are left in .local/screenshots to be looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import pytest
import pytest_asyncio
from playwright.async_api import Page

from demo.play.phones import until
from demo.stack.stack import Stack

from .scene import Scene
from .secrets import left_behind, places
from .wizard import (
    PASSWORD,
    browsing,
    go,
    hold_test_lesson,
    is_serving,
    page_shows,
    says,
    send_phone,
    sent_code,
    shoot,
)

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A school whose gateway runs and has no account yet."""
    with Stack(logged_in=False, is_loud=True) as stack:
        stack.secrets["password"] = PASSWORD
        yield stack
        stack.keep_logs("connect-")
        assert left_behind(stack) == []


@pytest_asyncio.fixture
async def page(stack: Stack) -> AsyncIterator[Page]:
    """The administrator's browser, in French."""
    async with browsing(stack) as page:
        yield page


def is_logged_in(stack: Stack, kind: str) -> bool:
    login = f"SELECT count(*) FROM telegram_account WHERE kind = '{kind}' AND state != 'lost'"
    return stack.cluster.sql(login, "school") == "1"


@pytest_asyncio.fixture
async def bot(stack: Stack) -> None:
    """The tests before connect it, by the page; for one that is run alone the command does."""
    if not is_logged_in(stack, "bot"):
        await asyncio.to_thread(stack.log_in_bot)


@pytest_asyncio.fixture
async def connected(stack: Stack, bot: None) -> None:
    """So it is with the account."""
    if not is_logged_in(stack, "user"):
        await asyncio.to_thread(stack.log_in_account)
        await is_serving(stack)


@pytest_asyncio.fixture
async def scene(stack: Stack) -> AsyncIterator[Scene]:
    scene = Scene(stack)
    yield scene
    await scene.close()
    stack.sandbox.clear_faults()
    stack.sandbox.patch(f"/users/{stack.account_id}", password=None, banned=False)
    assert stack.check() == []


async def test_nothing_yet__the_first_steps_lead_to_the_wizard(page: Page, stack: Stack) -> None:
    await go(page, stack, "/telegram/start")
    await says(page, "De rien à une séance d'essai")
    await shoot(page, "fr-start-nothing")
    await page.click("text=Connecter le bot")
    await says(page, "@BotFather")
    await page.click("summary")
    await shoot(page, "fr-bot")
    waiting = stack.cluster.sql("SELECT state FROM telegram_process", "school")
    assert waiting == "waiting"


async def test_bot__wrong_token_then_the_right_one(page: Page, stack: Stack, scene: Scene) -> None:
    await go(page, stack, "/telegram/connect")
    await page.fill("#telegram_token", "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc")
    await page.click("button:has-text('Connecter le bot')")
    await says(page, "Telegram refuse ce jeton")
    await shoot(page, "fr-bot-refused")
    await page.click("text=Recommencer")
    await page.fill("#telegram_token", stack.secrets["bot token"])
    await page.click("button:has-text('Connecter le bot')")
    await says(page, "École démo")
    await says(page, "@ecole_demo_bot")
    await shoot(page, "fr-bot-done")
    await page.click("text=Continuer avec le compte")
    await says(page, "Par numéro de téléphone et code")
    await shoot(page, "fr-account")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"code": 400, "message": "PHONE_NUMBER_BANNED"}, "Telegram a banni ce numéro"),
        ({"code": 420, "message": "FLOOD_WAIT_600"}, "réessayez dans 10 minutes"),
        ({"code": 400, "message": "API_ID_INVALID"}, "my.telegram.org"),
    ],
)
async def test_phone__refused_in_a_sentence(
    page: Page, stack: Stack, scene: Scene, fault: dict[str, object], sentence: str
) -> None:
    stack.sandbox.post("/faults", kind="error", method="auth.sendCode", **fault)
    await send_phone(page, stack)
    await says(page, sentence)
    await shoot(page, f"fr-phone-{fault['message']}")


async def test_phone__without_an_account_and_nonsense(
    page: Page, stack: Stack, scene: Scene
) -> None:
    await send_phone(page, stack, "12 34")
    await says(page, "Telegram refuse ce numéro")
    await send_phone(page, stack, "+33 1 99 00 12 34")
    await page.fill("#telegram_code", await sent_code(stack, "33199001234"))
    await page.click("button:has-text('Continuer')")
    await says(page, "n'a pas encore de compte Telegram")


async def test_account__by_phone_code_and_password(
    page: Page, stack: Stack, scene: Scene, bot: None
) -> None:
    process = stack.gateway.program
    user = f"/users/{stack.account_id}"
    stack.sandbox.patch(user, password=PASSWORD, password_hint="entrée et dessert")
    await send_phone(page, stack)
    await says(page, "dans l'application Telegram de ce compte")
    await shoot(page, "fr-code")
    code = await sent_code(stack)
    await page.fill("#telegram_code", "1" * 10)
    await page.click("button:has-text('Continuer')")
    await says(page, "Ce code est faux")
    await shoot(page, "fr-code-wrong")
    await page.fill("#telegram_code", code)
    await page.click("button:has-text('Continuer')")
    await says(page, "entrée et dessert")
    await page.fill("#telegram_password", "autre chose")
    await page.click("button:has-text('Continuer')")
    await says(page, "Ce mot de passe est faux")
    await shoot(page, "fr-password-wrong")
    await page.fill("#telegram_password", PASSWORD)
    await page.click("button:has-text('Continuer')")
    await says(page, "École Démo est connecté")
    await shoot(page, "fr-account-done")
    await is_serving(stack)
    assert stack.gateway.program is process  # nobody had to start it again
    await go(page, stack, "/telegram/connect")
    await says(page, "Le bot et le compte sont connectés")
    await shoot(page, "fr-connected")


async def test_account__by_qr_renewed_without_a_click(
    page: Page, stack: Stack, scene: Scene, connected: None
) -> None:
    stack.sandbox.patch(f"/users/{stack.account_id}", password=PASSWORD)
    await go(page, stack, "/telegram/connect?step=account")
    await page.click("text=Afficher le code QR")
    picture = page.locator("#telegram_qr")
    await picture.wait_for()
    await page.wait_for_function("document.getElementById('telegram_qr').naturalWidth > 100")
    await shoot(page, "fr-qr")
    first = await picture.get_attribute("src")
    await page.wait_for_function(
        "first => document.getElementById('telegram_qr').src.indexOf(first) < 0",
        arg=first,
        timeout=60_000,
    )
    answer = stack.sandbox.post(f"/phones/{stack.account_id}/scan")
    assert answer == {"refused": None}
    await page.fill("#telegram_password", PASSWORD)
    await page.click("button:has-text('Continuer')")
    await says(page, "était déjà connecté")
    await shoot(page, "fr-qr-done")
    await is_serving(stack)


async def test_another_account__only_after_a_yes(
    page: Page, stack: Stack, scene: Scene, connected: None
) -> None:
    await scene.telegram.new_user("Compte Bis", "+33639980177")
    await send_phone(page, stack, "+33639980177")
    await page.fill("#telegram_code", await sent_code(stack, "33639980177"))
    await page.click("button:has-text('Continuer')")
    await says(page, "Prendrait sa place")
    await shoot(page, "fr-replace")
    await page.click("text=Tout laisser en l'état")
    await says(page, "Rien n'a été changé")
    names = stack.cluster.sql("SELECT name FROM telegram_account WHERE kind = 'user'", "school")
    assert names == "École Démo"


async def test_fresh_login__the_group_waits_and_says_why(
    scene: Scene, stack: Stack, connected: None
) -> None:
    stack.sandbox.post(
        "/faults",
        kind="error",
        method="channels.editAdmin",
        code=400,
        message="FRESH_CHANGE_ADMINS_FORBIDDEN",
        times=None,
    )
    room = await scene.room("Trop tôt", joined=False)

    async def look() -> str | None:
        [classroom] = await scene.school.find(
            "small_school.classroom", [("id", "=", room.id)], ["telegram_state_text"]
        )
        text = str(classroom["telegram_state_text"])
        is_said = "connexion de l'école est trop récente" in text or "login is too young" in text
        is_told_until = "attend jusqu'au" in text or "waits until" in text
        return text if is_said and is_told_until else None

    await until("the reason on the classroom", look)
    assert stack.gateway.is_running


async def test_from_the_account_to_a_test_lesson_and_away(
    page: Page, stack: Stack, scene: Scene, connected: None
) -> None:
    await go(page, stack, "/telegram/start")
    await shoot(page, "fr-start-connected")
    await page.click("text=Lier mon propre Telegram")
    link = await page.locator("a[href*='?start=']").get_attribute("href")
    assert link
    phone = await scene.phone("Mitchell Admin", "+33639980178")
    await phone.start_bot(link)
    await page_shows(page, stack, "Créer la classe d'essai")
    await shoot(page, "fr-start-linked")
    await hold_test_lesson(page, stack, phone)
    for model in ("telegram.trial.lesson", "telegram.lesson", "small_school.lesson"):
        assert await scene.school.find(model, [], ["name"]) == []


async def test_copy__does_nothing_until_it_is_adopted(
    page: Page, stack: Stack, scene: Scene, connected: None
) -> None:
    """A database with another uuid is what Odoo makes of a copy."""
    await asyncio.to_thread(stack.gateway.stop)
    stack.cluster.sql(
        "UPDATE ir_config_parameter SET value = gen_random_uuid() WHERE key = 'database.uuid'",
        "school",
    )
    await asyncio.to_thread(stack.gateway.start, is_ready=False)

    async def refuses() -> bool:
        return "copied" == stack.cluster.sql("SELECT state FROM telegram_process", "school")

    await until("the refusal", refuses)
    await go(page, stack, "/telegram/connect")
    await says(page, "Cette base de données est une copie")
    await shoot(page, "fr-copied")
    await page.check("input[type=checkbox]")
    await page.click("button:has-text('Adopter')")
    await says(page, "est désormais celle de l'école")
    await shoot(page, "fr-adopted")
    await is_serving(stack)


async def test_english__and_without_a_gateway(stack: Stack, scene: Scene, connected: None) -> None:
    [admin] = await scene.school.find("res.users", [("login", "=", "admin")], ["id"])
    await scene.call("res.users", "write", [admin["id"]], {"lang": "en_US"})
    try:
        async with browsing(stack) as page:
            await in_english(page, stack)
    finally:
        await scene.call("res.users", "write", [admin["id"]], {"lang": "fr_FR"})


async def in_english(page: Page, stack: Stack) -> None:
    for path, name in (
        ("/telegram/start", "start"),
        ("/telegram/connect?step=bot", "bot"),
        ("/telegram/connect?step=account", "account"),
    ):
        await go(page, stack, path)
        await shoot(page, f"en-{name}")
    await asyncio.to_thread(stack.gateway.stop)
    await go(page, stack, "/telegram/connect")
    await says(page, "It does not run now")
    await shoot(page, "en-no-gateway")
    # and the page goes on by itself
    await asyncio.to_thread(stack.gateway.start)
    await says(page, "Bot and account are connected")


async def test_account_lost__the_gateway_waits_and_goes_on_after_a_login(
    page: Page, stack: Stack, scene: Scene, connected: None
) -> None:
    stack.sandbox.post("/sessions/revoke", user=stack.account_id)
    await scene.call("small_school.classroom", "create", {"name": "Compte perdu"})

    async def is_waiting() -> bool:
        return "waiting" == stack.cluster.sql("SELECT state FROM telegram_process", "school")

    await until("the gateway without its account", is_waiting, within_s=60)
    lost = "SELECT error_code FROM telegram_account WHERE kind = 'user' AND state = 'lost'"
    assert stack.cluster.sql(lost, "school") == "AUTH_KEY_UNREGISTERED"
    await send_phone(page, stack)
    await page.fill("#telegram_code", await sent_code(stack))
    await page.click("button:has-text('Continuer')")
    await says(page, "École Démo")
    await is_serving(stack)

    async def is_made() -> bool:
        return bool(await scene.chats("Compte perdu"))

    await until("the group that was waited for", is_made)


def test_search__sees_all_that_there_is(stack: Stack) -> None:
    seen = places(stack)
    assert {"database school", "log odoo.log", "log gateway-1.log", "log sandbox.log"} <= set(seen)
    # the logs are as loud as they can be, so that finding nothing means something
    assert b'INSERT INTO "telegram_secret"' in seen["log odoo.log"]
    assert str(datetime.now().year).encode() in seen["log gateway-1.log"]
