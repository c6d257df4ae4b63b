from odoo import _, api, models

from odoo.addons.telegram_base.privacy.holding import KEPT, NAMELESS, Holding
from odoo.addons.telegram_base.privacy.rows import sql_search

from ...services.identity.persons import Persons


class TelegramPersonalData(models.AbstractModel):
    """The history of lessons and sheets mentions people, as that of classrooms does."""

    _inherit = "telegram.personal.data"

    @api.model
    def _personal_data(self):
        title = _("Reminders of lessons by e-mail")
        return super()._personal_data() + [
            Holding(
                "telegram.school.person",
                _("Record of the school for which the contact stands"),
                ("partner_id",),
                ("res_model", "res_id"),
                KEPT,
                why=_("So that no new contact is made for the person."),
            ),
            Holding("telegram.notice.mail", title, ("partner_id",), ("key",)),
            Holding(
                "telegram.planned.place",
                _("Places in classes that have yet to begin"),
                ("partner_id",),
                ("chat_id", "role", "valid_from", "valid_until"),
            ),
            Holding(
                "telegram.lesson",
                _("Lessons that they give"),
                ("teacher_id",),
                ("res_model", "res_id"),
                NAMELESS,
                blanked=("teacher_id",),
                why=_("That there is a lesson stays."),
            ),
            Holding(
                "telegram.trial.class",
                _("Classes for trying Telegram out"),
                ("teacher_id",),
                ("name", "lang", "tz"),
            ),
            Holding(
                "telegram.attendance",
                _("Attendance as it was computed"),
                ("partner_id",),
                (
                    *("person_name", "role", "status", "arrived_at", "departed_at"),
                    *("minutes", "minutes_low", "minutes_high", "percentage", "evidence"),
                    *("computed_status", "correction_reason"),
                ),
                NAMELESS,
                blanked=(
                    "person_name",
                    "arrived_at",
                    "departed_at",
                    "written",
                    "correction_reason",
                ),
                why=_("The school's sheets keep their minutes."),
            ),
            Holding(
                "telegram.presence",
                _("Coming and going in calls as a channel that is said to be theirs"),
                (),
                ("chat_id", "call_id", "channel_name", "kind", "at", "precision_s"),
                why=_("The sheets keep their minutes."),
                find=self._personal_find_channels,
            ),
            Holding(
                "telegram.channel.answer",
                _("Lessons in which they are said to have taken part as a channel"),
                ("partner_id",),
                ("tg_channel_id", "said", "said_at"),
                NAMELESS,
                blanked=("partner_id",),
                why=_("That somebody said who it was stays, without saying who."),
            ),
        ]

    @api.model
    def _personal_ids(self, person, name):
        if name in ("res.partner", "res.users"):
            return super()._personal_ids(person, name)
        found = Persons(self.env).records(name, person.partner)
        return found[person.partner.id].ids if found else []

    @api.model
    def _personal_find_channels(self, person):
        channels = self.env["telegram.channel.answer"]._channels_of(person.partner)
        return sql_search(
            self.env, "telegram.presence", "tg_channel_id = ANY (%s)", sorted(channels)
        )

    @api.model
    def _personal_text_models(self):
        """Also return the models of the adapters, whose messages may mention people."""
        names = super()._personal_text_models()
        for mixin in (
            "telegram.classroom.mixin",
            "telegram.lesson.mixin",
            "telegram.attendance.mixin",
            "telegram.enrolment.mixin",
        ):
            names |= self._personal_descendants(mixin)
        return names
