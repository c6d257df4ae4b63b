from datetime import timedelta

from odoo import _, fields, models
from odoo.exceptions import UserError

from ...rules import asked
from ...rules.names import plain

#: The page looks by itself whether there is something new, from so long before the lesson until so
#: long after it.
AROUND = timedelta(minutes=15)
#: What is chosen by hand; the others are observed.
CHOICES = ("present", "absent", "late", "excused")
#: Where minutes are written down, the most that is believed.
MOST_LATE = 24 * 60


class ClassroomLesson(models.Model):
    """The sheet of a lesson that is filled in by hand, on a telephone: all present, then the
    exceptions, and one save that can be made again and again."""

    _inherit = "classroom.lesson"

    def action_sheet_page(self):
        """Button: the page on which the sheet is filled in with big buttons."""
        self.ensure_one()
        url = "/classroom/sheet/%s" % self.id
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def _hand_page(self):
        """The sheet as it is now, and what else the page needs to know: all of `_hand_sheet`, and
        may_undo: whether “All present” can be taken back; join: where the user gets into the call;
        again_s: in how many seconds the page is to ask again (0: not by itself)."""
        self._observe_now()
        return dict(
            self._hand_sheet(),
            may_undo=self.may_undo_all_present,
            join=self._join_url_for(self.env.user.partner_id),
            again_s=self._hand_again_s(),
        )

    def _hand_again_s(self):
        now = fields.Datetime.now()
        is_about = self.start - AROUND < now < self.stop + AROUND
        return 15 if is_about and self.state != "cancelled" else 0

    def _hand_sheet(self):
        """What the page shows: dict(refusal, lines, asked). A line: id (of the person), name, role,
        status, late (minutes), observed (its word, where the rules say something), by (who corrected
        it). asked: see `_hand_asked`."""
        self.ensure_one()
        found = [self._hand_line(line.partner_id, line, line.role) for line in self.line_ids]
        if self.sheet_state != "confirmed":
            known = self.line_ids.mapped("partner_id")
            found += [
                self._hand_line(partner, self.line_ids.browse(), role)
                for partner, role in self._sheet_partners()
                if partner not in known
            ]
        order = {"student": 0, "teacher": 1, "supervisor": 2}
        found.sort(key=lambda one: (order[one["role"]], plain(one["name"]), one["id"]))
        return {"refusal": self._why_not_by_hand(), "lines": found, "asked": self._hand_asked()}

    def _hand_asked(self):
        """What the page asks besides: None, or dict(title, hint, words (undo, more, likely, offline,
        refused), questions). A question: id, name, detail, answer (a sentence or empty), may_answer,
        choices and more (lists of dict(id, name, is_likely))."""
        return None

    def _hand_answer(self, question, choice):
        """Take over the answer to what is asked: the ids of the question and of the choice; a choice
        False takes the answer back. Raises UserError, and AccessError for who may not."""
        raise UserError(_("This sheet has changed: load the page again."))

    def _hand_line(self, partner, line, role):
        is_observed = line.computed_status not in (False, "unknown")
        return {
            "id": partner.id,
            "name": partner.name or "",
            "role": role,
            "status": line.status or "unknown",
            "late": line.late_minutes,
            "observed": line._status_word(line.computed_status) if is_observed else "",
            "observed_status": line.computed_status if is_observed else "",
            "by": line.corrected_by.sudo().name or "",
        }

    def _fill_in(self, changes, reason):
        """Take over what was chosen on the page.

        changes: list of dicts(id: of the person, status: one of CHOICES, late: minutes, was: the
        status that the page showed, all: whether “All present” said so, and nobody by name). reason:
        for what says something else than what was observed.
        Saying the same again changes nothing. What somebody else has changed meanwhile stays.
        Returns the ids of those. Raises UserError for what cannot be done.
        """
        self.ensure_one()
        self.check_access_rights("write")
        self.check_access_rule("write")
        refusal = self._why_not_by_hand()
        if refusal:
            raise UserError(refusal)
        changes = asked.sheet_changes(changes)
        if changes is None:
            raise UserError(_("This sheet has changed: load the page again."))
        self.action_prepare_sheet()
        lines = {line.partner_id.id: line for line in self.line_ids}
        clashes = []
        for change in changes:
            line = lines.get(change["id"])
            status, late = change["status"], change["late"]
            if not line or status not in CHOICES or not 0 <= late <= MOST_LATE:
                raise UserError(_("This sheet has changed: load the page again."))
            late = late if status == "late" else 0
            now = line.status or "unknown"
            if (now, line.late_minutes if now == "late" else 0) == (status, late):
                continue
            if change.get("all") and now != "unknown":
                continue  # what was observed or said meanwhile is an exception
            if now not in (change["was"], status):
                clashes.append(line.partner_id.id)
                continue
            values = {"status": status, "late_minutes": late}
            if reason and line._is_against(status):
                values["correction_reason"] = reason
            line.write(values)
            if change.get("all") and status == "present" and not line._is_against(status):
                line._computed().write({"is_all_present": True})
        self._filled_in()
        return clashes

    # -- whose sheets -----------------------------------------------------------------------------

    def _hand_lists(self):
        """The user's own lessons: (today's, those of the last week whose sheet is still empty), by
        each classroom's clock. What runs beyond midnight is today's until it ends."""
        me = self.env.user.partner_id
        now = fields.Datetime.now()
        mine = self.search(
            [
                *("|", "|", ("classroom_id.assignment_ids.partner_id", "=", me.id)),
                *(("teacher_id", "=", me.id), ("substitute_id", "=", me.id)),
                ("start", ">=", now - timedelta(days=7)),
                ("start", "<=", now + timedelta(days=1)),
                ("state", "!=", "cancelled"),
            ],
            order="start",
        )
        today = mine.filtered(
            lambda one: (
                one.start <= now < one.stop
                or one._local_start().date() == one.sudo().classroom_id._today()
            )
        )
        earlier = (mine - today).filtered(
            lambda one: (
                one.stop < now
                and one.sheet_state != "confirmed"
                and all(line.status in (False, "unknown") for line in one.line_ids)
            )
        )
        return today, earlier
