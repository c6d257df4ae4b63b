from odoo import _, models
from odoo.exceptions import ValidationError

from ..rules import asked


class ClassroomDaysMixin(models.AbstractModel):
    """For models with days: what is computed of a day in the year 9999 is no day any more, and would
    stop whatever looks at the record."""

    _name = "classroom.days.mixin"
    _description = "Days that are meant"

    def _validate_fields(self, field_names, *more):
        field_names = list(field_names)  # some give names that can be read once alone
        days = [name for name in field_names if self._fields[name].type in ("date", "datetime")]
        for record in self:
            for name in days:
                if record[name] and not asked.is_meant(record[name]):
                    label = record._fields[name]._description_string(self.env)
                    raise ValidationError(
                        _("“%s” is in the year %s: mend the date.") % (label, record[name].year)
                    )
        return super()._validate_fields(field_names, *more)
