"""A school's own list is imported by the screen, in French: what it asks about is seen before
anything changes, at the width of a desk and of a phone. The pictures are left in
.local/screenshots."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Route, expect

from .scene import Scene
from .test_browser import browser, loaded, logged_in
from .test_many_go import both_widths

__all__ = ["browser"]

NEXT = "**/call_kw/small_school.import/action_next"
LIST = """Classe;Matricule;Nom;Prénom;Téléphone;E-mail;Cantine
{room};00017;Durand;Amélie;0639980101;amelie@example.com;oui
{room};1.2E+05;Petit;Bruno;0639980102;bruno@example.com;non
{room};{number};Autre;Nom;0639980103;;non
3e Z;00018;Nouvel;Élève;0639980104;-;oui
"""


@pytest.mark.timeout(240)
async def test_a_list__asked_about_before_anything_changes(scene: Scene, browser: Browser) -> None:
    room = await scene.room("Liste à importer", students=1)
    [(partner_id, _phone)] = room.students.items()
    number = f"L{partner_id}"
    await scene.call("res.partner", "write", [partner_id], {"student_number": number})
    [admin] = await scene.school.find("res.users", [("login", "=", "admin")], ["id"])
    await scene.call("res.users", "write", [admin["id"]], {"lang": "fr_FR"})
    page = await logged_in(browser, scene.stack, "admin", "admin")
    await page.goto(f"{scene.stack.odoo.url}/web#action=small_school.action_import")
    await page.wait_for_selector(".modal .o_form_view")
    await loaded(page)
    await both_widths(page, "import-upload")
    text = LIST.format(room=room.name, number=number).encode("utf-16")
    file = {"name": "liste.csv", "mimeType": "text/csv", "buffer": text}
    await page.locator(".modal input[type=file]").set_input_files([file])  # type: ignore[list-item]
    await page.locator(".modal button[name=action_preview]").click()
    row = page.locator(".modal .o_data_row")
    await row.first.wait_for()
    assert await row.count() == 4
    await both_widths(page, "import-preview")
    shown = await page.locator(".modal").inner_text()
    for words in ("Cantine", "3e Z", "Étudiant", "tableur"):
        assert words in shown
    assert "student" not in shown
    before = await scene.school.find("res.partner", [("id", "=", partner_id)], ["name"])
    await page.locator(".modal button[name=action_import]").click()
    # no class is made without a yes
    warning = page.locator(".modal", has_text="Cochez")
    await warning.wait_for()
    await both_widths(page, "import-refused")
    await warning.locator("footer button").first.click()
    own = [("name", "=", "3e Z")]
    assert not await scene.school.find("small_school.classroom", own, ["id"])
    await page.get_by_text("Créer ces classes", exact=True).click()
    await page.locator(".modal button[name=action_import]").click()
    await page.locator(".modal .o_data_row.text-success").first.wait_for()
    await both_widths(page, "import-done")
    assert await scene.school.find("small_school.classroom", own, ["id"])
    # nobody was renamed: that question has no answer yet
    after = await scene.school.find("res.partner", [("id", "=", partner_id)], ["name"])
    assert before == after
    assert page.errors == []  # type: ignore[attr-defined]


@pytest.mark.timeout(240)
async def test_a_long_list__goes_on_by_itself_and_after_a_slice_that_failed(
    scene: Scene, browser: Browser
) -> None:
    rows = 120  # more than one slice
    lines = ["Classe;Matricule;Nom"]
    lines += [f"4e Longue;LL{number};Élève {number}" for number in range(1, rows + 1)]
    page = await logged_in(browser, scene.stack, "admin", "admin")
    await page.goto(f"{scene.stack.odoo.url}/web#action=small_school.action_import")
    await page.wait_for_selector(".modal .o_form_view")
    await loaded(page)
    file = {"name": "liste.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    await page.locator(".modal input[type=file]").set_input_files([file])  # type: ignore[list-item]
    await page.locator(".modal button[name=action_preview]").click()
    make = page.locator(".modal .o_field_boolean[name=make_classrooms] input")
    await make.wait_for()
    await page.locator(".modal .custom-checkbox[name=make_classrooms]").click()

    asked: list[Route] = []

    async def fail(route: Route) -> None:
        asked.append(route)
        if len(asked) > 1:
            await route.continue_()
            return
        await both_widths(page, "import-working")
        await route.fulfill(status=502, body="Bad Gateway")  # as if its worker had been killed

    await page.route(NEXT, fail)
    await page.locator(".modal button[name=action_import]").click()
    go_on = page.locator(".modal button[name=action_next]")
    await go_on.wait_for()
    assert "/ 120" in await page.locator(".modal .o_field_small_school_slices").inner_text()
    assert "Continuer" in (await go_on.inner_text()).title()
    own = [("classroom_id.name", "=", "4e Longue")]
    assert 0 < await scene.call("small_school.enrolment", "search_count", own) < rows
    await go_on.click()

    async def all_there() -> bool:
        return bool(await scene.call("small_school.enrolment", "search_count", own) == rows)

    await scene.until("all of them", all_there)
    await expect(page.locator(".modal .o_form_view")).to_be_visible()
    for button in ("next", "import"):
        await page.locator(f".modal button[name=action_{button}]").wait_for(state="hidden")
    assert page.errors == []  # type: ignore[attr-defined]
