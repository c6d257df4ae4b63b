"""The screens of people and their Telegram in headless Chromium, in French and English; the sheet.

The pictures are left in .local/screenshots to be looked at.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page

from . import paper
from .scene import Room, Scene
from .test_browser import FOLDER, browser, loaded, logged_in, open_action, shoot
from .test_people import accounts, person, printed, question

__all__ = ["browser"]
WORDS = {
    "fr_FR": {
        "people": "Personnes",
        "shared": "Compte partagé",
        "sort": "Identités à trier",
        "yes": "Oui, ils partagent le compte",
        "form": "Lien personnel",
        "many": "Telegram : envoyer, imprimer",
    },
    "en_US": {
        "people": "People",
        "shared": "Account shared",
        "sort": "Identities to sort out",
        "yes": "Yes, they share the account",
        "form": "Personal link",
        "many": "Telegram: send, print",
    },
}


async def family(scene: Scene, name: str) -> tuple[int, int]:
    """Two people of whom the second is claimed by the first one's account; their partners."""
    elder_id, chat = await person(scene, f"Aînée {name}")
    younger_id, _ = await scene.partner(f"Cadet {name}")
    values = {"name": f"Classe {name}", "telegram_enabled": True}
    room = Room(int(await scene.call("small_school.classroom", "create", values)), name)
    for partner_id in (elder_id, younger_id):
        await scene.enrol(room, partner_id)
    await chat.open(await scene.school.deep_link(elder_id), "Aînée")
    asked = await chat.open(await scene.school.deep_link(younger_id), "/also_")
    yes = next(word for word in asked.split() if word.startswith("/also_"))
    await chat.say(yes, "Cadet")
    await question(scene, younger_id, "shared")
    return elder_id, younger_id


async def to_form(page: Page, scene: Scene, model: str, record_id: int, more: str = "") -> None:
    """A record's form, at its Telegram tab; `more`: of which action."""
    await page.goto("about:blank")
    address = f"{scene.stack.odoo.url}/web#id={record_id}&model={model}&view_type=form{more}"
    await page.goto(address)
    await page.wait_for_selector(".o_form_view")
    await loaded(page)
    tab = page.locator(".o_notebook .nav-link", has_text="Telegram")
    await tab.click()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lang", ["fr_FR", "en_US"])
async def test_screens_of_people(scene: Scene, browser: Browser, lang: str) -> None:
    words, short = WORDS[lang], lang[:2]
    elder_id, younger_id = await family(scene, f"Écran {short}")
    [admin] = await scene.school.find("res.users", [("login", "=", "admin")], ["id", "partner_id"])
    await scene.call("res.users", "write", [admin["id"]], {"lang": lang})
    page = await logged_in(browser, scene.stack, "admin", "admin")

    # the question is answered on its own page
    await open_action(page, scene.stack, "telegram_base.telegram_question_action")
    await page.locator(".breadcrumb", has_text=words["sort"]).wait_for()
    await shoot(page, f"{short}-questions")
    await page.locator(".o_data_row", has_text=f"Cadet Écran {short}").first.click()
    await page.wait_for_selector(".o_form_view")
    await shoot(page, f"{short}-question")
    await page.locator("button", has_text=words["yes"]).filter(visible=True).click()

    await scene.until("linked", lambda: accounts(scene, younger_id))

    # the list: searched, selected, and what can be done with many
    await open_action(page, scene.stack, "telegram_base.telegram_person_action")
    await page.locator(".breadcrumb", has_text=words["people"]).wait_for()
    await page.fill(".o_searchview_input", f"Écran {short}")
    await page.keyboard.press("Enter")
    row = page.locator(".o_data_row", has_text=f"Aînée Écran {short}")
    await row.wait_for()
    assert words["shared"] in await row.inner_text()
    await shoot(page, f"{short}-people")
    await page.locator("thead .o_list_record_selector").click()
    await page.locator(".o_cp_action_menus button, .o_cp_sidebar button").last.click()
    await shoot(page, f"{short}-people-actions")
    await page.get_by_text(words["many"]).filter(visible=True).click()
    await page.wait_for_selector(".modal .o_form_view")
    await shoot(page, f"{short}-people-many")
    await page.keyboard.press("Escape")

    # the person's form, the user's form and the preferences
    await to_form(page, scene, "res.partner", elder_id)
    await page.get_by_text(words["form"]).filter(visible=True).first.wait_for()
    await shoot(page, f"{short}-partner-telegram")
    await to_form(page, scene, "res.users", admin["id"], "&action=base.action_res_users")
    await shoot(page, f"{short}-user-telegram")
    await open_action(page, scene.stack, "telegram_base.telegram_person_action")
    await page.locator(".o_user_menu > a, .o_user_menu button").first.click()
    await page.locator("[data-menu=settings]").click()
    await page.wait_for_selector(".modal .o_form_view")
    await shoot(page, f"{short}-preferences")
    own = page.locator(".modal button[name=action_telegram_link]")
    await own.click()
    await page.wait_for_selector(".modal .o_field_widget[name=url], .modal [name=url]")
    await shoot(page, f"{short}-own-link")
    assert page.errors == []  # type: ignore[attr-defined]


async def test_sheet__pictures_of_a_full_page(scene: Scene) -> None:
    names = [
        *("Aïcha Ben Saïd", "أمينة بن علي", "Zoé-Chloé Fernández de la Vega y Núñez de Balboa"),
        *("Łukasz Świętosławski", "محمد الأمين", "Nguyễn Thị Hồng", "Ève", "Öykü Çağlar", "Noé"),
    ]
    ids = []
    values = {"name": "Mathématiques 3e A – groupe du lundi"}
    room = Room(int(await scene.call("small_school.classroom", "create", values)), "")
    for name in names:
        partner_id, _ = await scene.partner(name)
        await scene.call("res.partner", "write", [partner_id], {"lang": "fr_FR"})
        await scene.enrol(room, partner_id)
        ids.append(partner_id)
    pdf = await printed(scene, ids, title=values["name"])
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "sheet.pdf").write_bytes(pdf)
    pages = paper.codes(pdf)
    assert [len(codes) for codes in pages] == [8, 1]
    paper.pictures(pdf, FOLDER / "sheet")
