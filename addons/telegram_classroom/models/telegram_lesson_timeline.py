from datetime import timedelta

from odoo import _, api, fields, models

from ..rules import timeline
from ..rules.intervals import Presence
from .telegram_lesson_mixin import GRACE
from .telegram_lesson_sheet import LEAD_IN, LONGEST

#: While somebody looks at a lesson that runs, its sheet is computed again after whatever was seen, and
#: so often without, since the minutes go on.
REFRESH = timedelta(seconds=20)


class TelegramLessonMixin(models.AbstractModel):
    """The lesson as a picture: who was in the call when."""

    _inherit = "telegram.lesson.mixin"

    telegram_computed_at = fields.Datetime(readonly=True, copy=False)
    #: What had been seen of the group's calls by then.
    telegram_seen_mark = fields.Char(readonly=True, copy=False)
    telegram_timeline = fields.Text(
        "Timeline", compute="_compute_telegram_timeline", groups="base.group_user"
    )

    # -- hooks for the adapter ------------------------------------------------------------------

    def _telegram_timeline_observation(self, until):
        """What is drawn, up to `until` (naive UTC): a `rules.intervals.Observation`."""
        return self._telegram_observe(until)

    def _telegram_timeline_lines(self, observation):
        """The lines that are drawn; as `_telegram_compute_sheet`."""
        return self._telegram_compute_sheet(False, observation)

    def _telegram_timeline_statuses(self):
        """{id of res.partner: status} where a person said something else than the rules."""
        return {}

    # -- the picture ----------------------------------------------------------------------------

    @api.depends_context("lang")
    def _compute_telegram_timeline(self):
        for lesson in self:
            lesson.telegram_timeline = lesson.sudo()._telegram_draw()

    def _telegram_is_live(self):
        """Whether the picture still changes by itself."""
        now = fields.Datetime.now()
        return (
            self._telegram_start() - LEAD_IN <= now < self._telegram_stop() + GRACE
            and self.telegram_sheet_state != "final"
        )

    def _telegram_draw(self):
        """The SVG, in the context's language; empty for what has no picture (yet)."""
        start, stop = self._telegram_start(), self._telegram_stop()
        classroom = self._telegram_classroom()
        now = fields.Datetime.now()
        if not (start and stop and classroom) or not self._telegram_is_planned():
            return ""
        if start - LEAD_IN > now:
            return ""
        is_live = self._telegram_is_live()
        until = min(stop, now) if is_live else stop
        observation = self._telegram_timeline_observation(until)
        if observation.held is None and not is_live:
            return ""  # there was no call: the sheet says so
        svg = timeline.draw(
            timeline.Picture(
                observation,
                stop,
                self._telegram_timeline_rows(observation),
                classroom._telegram_local,
                classroom._telegram_thresholds(),
                now if is_live and now < stop else None,
                self._telegram_timeline_words(),
            )
        )
        if is_live:
            svg = svg.replace("<svg ", '<svg data-live="%s" ' % self._telegram_stamp(), 1)
        return svg

    def _telegram_timeline_rows(self, observation):
        words = self._telegram_status_words()
        said = self._telegram_timeline_statuses()
        rows = []
        for line in self._telegram_timeline_lines(observation):
            if line["role"] != "student":
                continue
            partner = line["partner"]
            status = said.get(partner.id) or line["status"]
            rows.append(
                timeline.Row(
                    partner.name or "",
                    status,
                    words[status],
                    observation.people.get(partner.id, Presence()),
                    self._telegram_timeline_told(line, words[status]),
                )
            )
        return rows

    def _telegram_timeline_told(self, line, status):
        """A person's row in a sentence."""
        name = line["partner"].name or ""
        if not line["arrived_at"]:
            return _("%s: %s.") % (name, status)
        if not line["departed_at"]:
            return _("%s: %s, since %s and still there, %s minutes in the lesson so far.") % (
                name,
                status,
                self._telegram_hour(line["arrived_at"]),
                round(line["minutes"]),
            )
        return _("%s: %s, from %s to %s, %s minutes in the lesson.") % (
            name,
            status,
            self._telegram_hour(line["arrived_at"]),
            self._telegram_hour(line["departed_at"]),
            round(line["minutes"]),
        )

    def _telegram_timeline_words(self):
        no_call = _("There is no call yet.")
        if self._telegram_start() > fields.Datetime.now():
            no_call = _("The lesson has not begun.")
        return {
            "title": _("Timeline of the lesson"),
            "none": _("Nobody is on the sheet."),
            "no_call": no_call,
            "there": _("in the call"),
            "before": _("before the start"),
            "blind": _("not observed"),
            "start": _("start"),
            "stop": _("end"),
            "late": _("late from here"),
            "early": _("left early before here"),
            "now": _("now"),
        }

    # -- live -----------------------------------------------------------------------------------

    def action_telegram_live(self):
        """What the open form of a lesson that runs asks for: the picture. Its `data-live` is another
        one once the lines of the sheet have changed."""
        self.ensure_one()
        self.check_access_rights("write")
        self.check_access_rule("write")
        self._telegram_look_now()
        return self.sudo()._telegram_draw()

    def _telegram_look_now(self):
        """Somebody looks at these lessons: have the sheets of those that run say what was seen so
        far."""
        for lesson in self.sudo():
            rule = lesson._telegram_rule()
            if not rule or not rule.planned or not lesson._telegram_is_live():
                continue
            if lesson._telegram_is_fresh():
                continue
            # whoever else is at it does the same
            self.env.cr.execute(
                "SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", [self._name, lesson.id]
            )
            if self.env.cr.fetchone()[0]:
                lesson._telegram_refresh()

    @api.model
    def _telegram_hint_in(self, chats):
        """Something was seen in a call of these groups: hint at the lessons of their classrooms, of
        all models, whose picture changes now."""
        now = fields.Datetime.now()
        for model in self._telegram_models():
            comodel = model._fields[model._telegram_classroom_field].comodel_name
            owners = chats.filtered(lambda chat, comodel=comodel: chat.res_model == comodel)
            if not owners:
                continue
            near = model.sudo().search(
                [
                    (model._telegram_classroom_field, "in", owners.mapped("res_id")),
                    (model._telegram_start_field, ">=", now - LONGEST),
                    (model._telegram_start_field, "<=", now + LEAD_IN),
                ]
            )
            near.filtered(
                lambda one: one._telegram_stop() and one._telegram_is_live()
            )._telegram_hint()

    def _telegram_hint(self):
        """Whoever has the lesson open is told, by the bus, that there is something new. Not what:
        anybody may listen on the bus, so the form asks for it, with its user's rights."""
        hints = [("telegram_lesson:%s:%s" % (one._name, one.id), one.id) for one in self]
        self.env["bus.bus"].sudo().sendmany(hints)

    def _telegram_write_sheet(self, lines, is_final):
        super()._telegram_write_sheet(lines, is_final)
        mark = False if is_final else self._telegram_mark_of_seen()
        self.write({"telegram_computed_at": fields.Datetime.now(), "telegram_seen_mark": mark})
        if self._telegram_stop() > fields.Datetime.now() - LONGEST:
            self._telegram_hint()

    def _telegram_stamp(self):
        """What the sheet is like now, and whether one can join, in a word."""
        lines = self[self._telegram_sheet_field]
        lines.flush()
        changed = max(lines.mapped("write_date"), default=None)
        is_open = "open" if self._telegram_is_opened() else "shut"
        return "%s-%s-%s" % (len(lines), changed and changed.isoformat(), is_open)

    def _telegram_is_fresh(self):
        """Whether the sheet was computed a moment ago, and nothing was seen since."""
        computed_at = self.telegram_computed_at
        return (
            bool(computed_at)
            and computed_at > fields.Datetime.now() - REFRESH
            and self.telegram_seen_mark == self._telegram_mark_of_seen()
        )

    def _telegram_mark_of_seen(self):
        """Another word after each thing seen in the group's calls of this lesson's time."""
        chat = self._telegram_classroom().sudo().telegram_chat_id
        self.env["telegram.call"].flush()
        self.env.cr.execute(
            """
            SELECT count(DISTINCT call.id), count(DISTINCT call.closed_at), count(one.id), max(one.id)
            FROM telegram_call AS call LEFT JOIN telegram_presence AS one ON one.call_id = call.id
            WHERE call.chat_id = %s AND (call.closed_at IS NULL OR call.closed_at >= %s)
            """,
            [chat.id, self._telegram_start() - LEAD_IN],
        )
        return "-".join(str(one or 0) for one in self.env.cr.fetchone())
