"""Checks that the models of this addon share."""

from odoo import _, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.lesson_register.rules import asked


class SmallSchoolRecordMixin(models.AbstractModel):
    """Refuses impossible days: a day after 9999-12-31 cannot be computed, so that a record with
    that day would fail wherever it is read.

    The rules of access hold for the new values of a record, too. Odoo asks them before a write
    only: a teacher could move a lesson into a class that is not theirs.
    """

    _name = "small_school.record.mixin"
    _description = "Record of the school"

    #: Fields that say whom and what a record is about: only managers change them later.
    _fixed = ()

    def write(self, vals):
        """Also raise AccessError for values that the user may not give the record."""
        fixed = set(self._fixed) & set(vals)
        if fixed and not self.env.su and not self.env.user.has_group("small_school.group_manager"):
            self._check_fixed({name: vals[name] for name in fixed})
        result = super().write(vals)
        if not self.env.su:
            self.flush()
            self.check_access_rule("write")
        return result

    def _check_fixed(self, vals):
        """Raise AccessError if one of these values differs from the record's."""
        for record in self.sudo():
            if any(
                record._convert_to_write({name: record[name]})[name] != value
                for name, value in vals.items()
            ):
                raise AccessError(
                    _(
                        "A record stays about the same person, class and lesson: end or delete "
                        "it, and make a new one. Only managers may change that."
                    )
                )

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
