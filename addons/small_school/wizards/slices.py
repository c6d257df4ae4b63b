"""Work on many rows by a wizard: in slices, each in a request of its own, which is committed."""

import time

from odoo import _, fields, models
from odoo.exceptions import UserError

#: A slice ends after so many seconds, whatever is left of it: far below Odoo's default limits for
#: a request (60 s of CPU, 120 s in all), also on a slow machine.
_SLICE_S = 5.0
#: The largest file, in bytes, and the most rows of it.
MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 5000


class ClassroomSlices(models.AbstractModel):
    """Does work in slices and shows how far it is. While it works, the form asks for the next slice
    by itself. What is done stays done if that stops; the button goes on from there."""

    _name = "small_school.slices.mixin"
    _description = "Work in slices"

    #: The most rows of a slice.
    _slice_rows = 100

    is_working = fields.Boolean("At work", readonly=True)
    done_count = fields.Integer("Rows done", readonly=True)
    total_count = fields.Integer("Rows in all", readonly=True)

    def _begin(self, total):
        """Begin work on so many rows, and do its first slice. Returns the window."""
        self.write({"is_working": True, "done_count": 0, "total_count": total})
        return self._go_on()

    def action_next(self):
        """Button, and what the form calls while it works: do the next slice."""
        self.ensure_one()
        self.check_access_rights("write")
        self.check_access_rule("write")
        return self._go_on() if self.is_working else self._reopen()

    def _go_on(self):
        """Do one slice. Returns the window."""
        ends = time.monotonic() + _SLICE_S
        first = done = self.done_count
        for _step in self._steps(first):
            done += 1
            if done - first >= self._slice_rows or time.monotonic() > ends:
                break
        self.done_count = done
        if done >= self.total_count:
            self.is_working = False
            self._finish()
        return self._reopen()

    def _steps(self, first):
        """Hook: do the work on one row after the other from this one on (from 0), with a yield
        after each."""
        raise NotImplementedError

    def _finish(self):
        """Hook: all rows are done."""
        raise NotImplementedError

    def _reopen(self):
        """Hook: the window of this wizard in its new state."""
        raise NotImplementedError

    def _how_to_part(self):
        """Return the sentence that says how to import more than one import takes."""
        return _(
            "Split the list into several files, each with the row of titles, and import them one "
            "after the other."
        )

    def _check_bytes(self, count):
        """Raise UserError for a file, or files together, of too many bytes."""
        if count > MOST_BYTES:
            raise UserError(
                _("This is more than %s MB, too much for one import. %s")
                % (MOST_BYTES // 2**20, self._how_to_part())
            )

    def _check_rows(self, count):
        """Raise UserError for too many rows."""
        if count > MOST_ROWS:
            raise UserError(
                _("One import takes at most %s rows, and there are %s. %s")
                % (MOST_ROWS, count, self._how_to_part())
            )
