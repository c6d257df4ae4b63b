import base64
import re
import struct

from ...report.telegram_sheet_report import direction, qr_png
from ..common import TelegramCase


class TestSheet(TelegramCase):
    """The sheet of printed links: the people on it, and that only the paper holds a token."""

    def _sheet(self, partners, **values):
        action = partners._telegram_people_wizard(what="print", title="Maths 3A", **values)
        return self.env["telegram.people.wizard"].browse(action["res_id"])

    def _values(self, wizard):
        report = self.env["report.telegram_base.sheet"]
        [sheet] = report._get_report_values(wizard.ids)["docs"]
        return sheet, [card for page in sheet["pages"] for row in page for card in row if card]

    def test_cards__one_each_with_a_token_that_links(self):
        self.chat._set_roster([{"partner_id": self.amina.id}])
        sheet, cards = self._values(self._sheet(self.amina | self.omar))
        self.assertEqual((sheet["title"], len(sheet["pages"])), ("Maths 3A", 1))
        self.assertEqual([card["name"] for card in cards], ["Amina <b>", "Omar"])
        self.assertEqual([card["groups"] for card in cards], ["Mathématiques 3e A", ""])
        link = self.env["telegram.link"]._find(cards[1]["token"])
        self.assertEqual((link.partner_id, link.purpose), (self.omar, "paper"))
        self.assertIn("Hello, Omar", self._say("/start " + cards[1]["token"])[-1])

    def test_cards__eight_on_a_page_in_pairs(self):
        partners = self.env["res.partner"].create([{"name": "N %02d" % n} for n in range(11)])
        sheet, cards = self._values(self._sheet(partners))
        self.assertEqual([len(page) for page in sheet["pages"]], [4, 2])
        self.assertEqual(len(cards), 11)
        self.assertIsNone(sheet["pages"][1][1][1])

    def test_who_is_linked_is_left_out_unless_wanted(self):
        self.env["telegram.contact"]._confirm(self.amina, 1)
        both = self.amina | self.omar
        _sheet, cards = self._values(self._sheet(both))
        self.assertEqual([card["name"] for card in cards], ["Omar"])
        _sheet, cards = self._values(self._sheet(both, skip_linked=False))
        self.assertEqual(len(cards), 2)

    def test_token__stands_in_no_row(self):
        wizard = self._sheet(self.amina)
        _sheet, cards = self._values(wizard)
        action = wizard.action_do()
        for record in (wizard, self.env["telegram.link"].search([])):
            self.assertNotIn(cards[0]["token"], str(record.read()))
        self.assertNotIn(cards[0]["token"], str(action))

    def test_html__renders_without_any_address_of_a_server(self):
        arabic = self.env["res.partner"].create({"name": "أمينة بن علي"})
        report = self.env.ref("telegram_base.telegram_sheet")
        wizard = self._sheet(self.amina | arabic)
        render = getattr(report, "_render_qweb_html", None) or report.render_qweb_html
        html = render(wizard.ids)[0].decode()
        self.assertIn("أمينة بن علي", html)
        self.assertIn("Amina &lt;b&gt;", html)
        cards = html.split('class="article"')[1]
        self.assertEqual(len(re.findall(r'src="data:image/png;base64,', cards)), 2)
        self.assertEqual(re.findall(r'(?:src|href)="(?!data:)([^"]*)"', cards), [])

    def test_direction(self):
        self.assertEqual(direction("1 أمينة"), "rtl")
        self.assertEqual(direction("Chloé أ"), "ltr")
        self.assertEqual(direction(False), "ltr")

    def test_qr__is_a_picture(self):
        head, data = qr_png("https://t.me/school_bot?start=abcd").split(",")
        self.assertEqual(head, "data:image/png;base64")
        picture = base64.b64decode(data)
        self.assertTrue(picture.startswith(b"\x89PNG"))
        width, height = struct.unpack(">II", picture[16:24])
        self.assertEqual(width, height)
