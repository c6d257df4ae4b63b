"""Checks that every model of this addon with days shares."""

from odoo import _, models
from odoo.exceptions import ValidationError

from odoo.addons.lesson_register.rules import asked


class ClassroomDaysMixin(models.AbstractModel):
    """Refuses impossible days: a day after 9999-12-31 cannot be computed, so that a record with
    that day would fail wherever it is read."""

    _name = "small_school.days.mixin"
    _description = "Days that are meant"

    def _validate_fields(self, field_names, *more):
        """Also raise ValidationError for days that nobody can mean."""
        field_names = list(field_names)  # some callers give an iterator
        days = [name for name in field_names if self._fields[name].type in ("date", "datetime")]
        for record in self:
            for name in days:
                if record[name] and not asked.is_meant(record[name]):
                    label = record._fields[name]._description_string(self.env)
                    raise ValidationError(
                        _("“%s” is in the year %s: mend the date.") % (label, record[name].year)
                    )
        return super()._validate_fields(field_names, *more)
