import unicodedata

import segno

from odoo import _, api, models
from odoo.tools import format_datetime

#: Cards on a page: two beside each other.
PER_PAGE = 8


class TelegramSheetReport(models.AbstractModel):
    """The sheet of personal links to cut up. The tokens are made while it is rendered and exist on
    paper alone: no row and no address of a page ever holds them."""

    _name = "report.telegram_base.sheet"
    _description = "Telegram: sheet of personal links"

    @api.model
    def _get_report_values(self, docids, data=None):
        wizards = self.env["telegram.people.wizard"].browse(docids).exists()
        return {"docs": [self._sheet(wizard) for wizard in wizards]}

    @api.model
    def _sheet(self, wizard):
        """Return dict(title, pages): pages of rows of two cards each, see `_card`; an empty place
        is None."""
        wizard._check_people()
        cards = [
            self.with_context(lang=partner.lang or self.env.lang)._card(partner, wizard.supersede)
            for partner in wizard.with_context(lang=None)._people()
        ]
        if len(cards) % 2:
            cards.append(None)
        rows = [cards[at : at + 2] for at in range(0, len(cards), 2)]
        size = PER_PAGE // 2
        return {
            "title": wizard.title or _("Telegram: personal links"),
            "pages": [rows[at : at + size] for at in range(0, len(rows), size)],
        }

    @api.model
    def _card(self, partner, supersede):
        """Return the card for one person, in their language."""
        url = partner._telegram_link_url(purpose="paper", supersede=supersede)
        bot, token = url.split("/")[-1].split("?start=")
        link = self.env["telegram.link"]._find(token)
        groups = ", ".join(partner._telegram_roster_chats("in").mapped("name"))
        zone = self.env.user.tz or partner.tz or "UTC"
        until = format_datetime(self.env, link.expires_at, tz=zone, dt_format="short")
        return {
            "name": partner.name,
            "dir": direction(partner.name),
            "groups": groups,
            "groups_dir": direction(groups),
            "steps": [
                _("Scan the code with the camera of the telephone that has Telegram."),
                _("Press START in Telegram."),
                _("Press the buttons that the bot sends: they lead to your classes."),
            ],
            "no_camera": _("No camera? Write this to @%s in Telegram:") % bot,
            "token": token,
            "url": url.replace("https://", ""),
            "until": _("Valid once, until %s.") % until,
            "qr": qr_png(url),
        }


def direction(text):
    """Return `rtl` for a text that begins in Arabic or Hebrew letters, else `ltr`."""
    for letter in text or "":
        kind = unicodedata.bidirectional(letter)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def qr_png(text):
    """Return the QR code of a text as a data address: the sheet is printed without any network."""
    return segno.make(text, error="m", micro=False).png_data_uri(scale=8, border=4)
