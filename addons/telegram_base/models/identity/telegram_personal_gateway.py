import uuid

from odoo import api, models

from ...privacy.holding import Person


class TelegramPersonalData(models.AbstractModel):
    """The gateway's part of an erasure: it alone writes its tables, and it puts people out."""

    _inherit = "telegram.personal.data"

    @api.model
    def _personal_command(self, person):
        """Have the gateways forget the person, too."""
        pools = set(self.env["telegram.account"].search([]).mapped("pool_name"))
        chats = self.env["telegram.chat"].with_context(active_test=False)
        # what the person is called leaves for the gateway only where it holds it, too
        reasons = " ".join(filter(None, self.env["telegram.removal"].search([]).mapped("reason")))
        words = sorted(word for word in person.words if word.lower() in reasons.lower())
        pools |= set(chats.search([]).mapped("pool_name"))
        self.env["telegram.outbox"]._enqueue(
            [
                {
                    "kind": "forget",
                    "pool": pool,
                    "key": "forget:%s:%s" % (person.partner.id, uuid.uuid4().hex),
                    "payload": {
                        "partner_id": person.partner.id,
                        "tg_user_ids": sorted(person.accounts),
                        "put_out": sorted(person.put_out),
                        "words": words,
                    },
                }
                for pool in sorted(pools)
                if words or self._personal_is_known(person, pool)
            ]
        )

    @api.model
    def _personal_is_known(self, person, pool):
        """Whether the gateway of this pool may hold something about the person."""
        if person.accounts or person.shared:
            return True
        rows = self.env["telegram.member"].search([("partner_id", "=", person.partner.id)])
        rows = rows.mapped("chat_id") | self.env["telegram.removal"].search(
            [("partner_id", "=", person.partner.id)]
        ).mapped("chat_id")
        return pool in rows.mapped("pool_name")

    @api.model
    def _personal_forgotten(self, command):
        """The gateway has forgotten the person: what it told of them meanwhile goes, too, and the
        ids by which it knew them."""
        payload = command._payload()
        numbers = set(payload.get("tg_user_ids") or [])
        linked = self.env["telegram.contact"].search(
            [("tg_user_id", "in", sorted(numbers)), ("state", "=", "confirmed")]
        )
        partner = self.env["res.partner"].browse(payload.get("partner_id") or 0)
        label = self.with_context(lang=self._personal_lang())._personal_label(partner)
        numbers -= set(linked.mapped("tg_user_id"))  # somebody else has linked it meanwhile
        # found by the accounts alone: the partner's record was anonymous before
        person = Person(
            partner.browse(),
            self.env["res.users"],
            numbers,
            label=label,
        )
        self._personal_erase_all(person)
        self._personal_write(command, {"payload": "{}"})

    @api.model
    def _personal_is_waiting(self, partner):
        """Whether a gateway has yet to forget the person."""
        return bool(
            self.env["telegram.outbox"]
            .sudo()
            .search_count(
                [
                    ("key", "=like", "forget:%s:%%" % partner.id),
                    ("state", "not in", ("done", "cancelled")),
                ]
            )
        )
