from odoo import api, models

# Better first: which of two rows survives.
_CONTACT_RANK = "array_position(ARRAY['confirmed', 'suggested', 'revoked'], state::text)"
_STATUS_RANK = "array_position(ARRAY['banned', 'in', 'undecided', 'out'], status::text)"
_ROLE_RANK = "array_position(ARRAY['supervisor', 'teacher', 'student'], role::text)"


class MergePartnerAutomatic(models.TransientModel):
    """Odoo rewrites foreign keys in SQL and, if that would break a unique key, deletes all rows of
    the merged partner. So Telegram's rows are merged first."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge Telegram's rows before Odoo's own merge; then reconcile the groups and tell their
        owners. Raises UserError for erased people."""
        (src_partners | dst_partner)._telegram_check_not_erased()
        self.flush()
        self.env["telegram.roster"]._take_turns(src_partners | dst_partner)
        everybody = (src_partners | dst_partner).ids
        chats = (
            (src_partners | dst_partner).with_context(active_test=False)._telegram_roster_chats()
        )
        self._telegram_unite_contacts(everybody, dst_partner.id)
        self._telegram_unite_rosters(everybody, dst_partner.id)
        self._telegram_unite_members(everybody, dst_partner.id)
        self.invalidate_cache()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        chats._reconcile()
        self.invalidate_cache()
        for chat in chats:
            chat._call_owner("_telegram_on_people_united", chat)
        return result

    @api.model
    def _telegram_unite_contacts(self, everybody, dst_id):
        """Keep one row per Telegram account: the linked one before the others."""
        self.env.cr.execute(
            """
            WITH ranked AS (
                SELECT id, row_number() OVER (
                    PARTITION BY tg_user_id ORDER BY {rank}, partner_id = %(dst)s DESC, id) AS n
                FROM telegram_contact WHERE partner_id = ANY (%(all)s)
            )
            DELETE FROM telegram_contact c USING ranked r WHERE r.id = c.id AND r.n > 1;
            UPDATE telegram_contact c SET partner_id = %(dst)s FROM res_partner p
            WHERE c.partner_id = ANY (%(all)s) AND c.partner_id <> %(dst)s AND p.id = c.partner_id
            RETURNING c.id, p.name
            """.format(rank=_CONTACT_RANK),
            {"all": everybody, "dst": dst_id},
        )
        moved = dict(self.env.cr.fetchall())
        self.invalidate_cache()
        contacts = self.env["telegram.contact"].sudo().browse(sorted(moved))
        self.env["telegram.contact.log"]._log_changes(
            [
                (dst_id, "moved", contact._account(), moved[contact.id], contact.partner_id.name)
                for contact in contacts
            ]
        )

    @api.model
    def _telegram_unite_rosters(self, everybody, dst_id):
        """Keep one row per chat: a ban before `in`, `in` before `out`; the highest role."""
        self.env.cr.execute(
            """
            WITH ranked AS (
                SELECT id,
                    first_value(role) OVER (PARTITION BY chat_id
                        ORDER BY (status IN ('in', 'undecided')) DESC, {role}) AS role,
                    row_number() OVER (PARTITION BY chat_id
                        ORDER BY {status}, partner_id = %(dst)s DESC, id) AS n
                FROM telegram_roster WHERE partner_id = ANY (%(all)s)
            ), better AS (
                UPDATE telegram_roster t SET role = r.role
                FROM ranked r WHERE r.id = t.id AND r.n = 1 AND t.role <> r.role
            )
            DELETE FROM telegram_roster t USING ranked r WHERE r.id = t.id AND r.n > 1;
            UPDATE telegram_roster SET partner_id = %(dst)s WHERE partner_id = ANY (%(all)s)
            """.format(status=_STATUS_RANK, role=_ROLE_RANK),
            {"all": everybody, "dst": dst_id},
        )

    @api.model
    def _telegram_unite_members(self, everybody, dst_id):
        """Keep rows of different Telegram accounts; of rows that only name a person, keep one, or
        none if the person has an account in that chat."""
        self.env.cr.execute(
            """
            WITH ranked AS (
                SELECT id, row_number() OVER (
                    PARTITION BY chat_id
                    ORDER BY tg_user_id IS NULL, partner_id = %(dst)s DESC, id) AS n
                FROM telegram_member WHERE partner_id = ANY (%(all)s)
            )
            DELETE FROM telegram_member m USING ranked r
            WHERE r.id = m.id AND r.n > 1 AND m.tg_user_id IS NULL;
            UPDATE telegram_member SET partner_id = %(dst)s WHERE partner_id = ANY (%(all)s)
            """,
            {"all": everybody, "dst": dst_id},
        )
