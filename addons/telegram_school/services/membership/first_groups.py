"""The classes that are offered a group, and in which order they would get it."""

from odoo import fields

from ..service import ClassService


class FirstGroups(ClassService):
    """Looks ahead for classes without a group."""

    def next_lessons(self):
        """Return {id of a record: start of its next lesson, naive UTC}; records without one are
        left out."""
        for model in self.env["telegram.lesson.mixin"]._telegram_models():
            field = model._fields.get(model._telegram_classroom_field)
            if field is not None and field.comodel_name == self.classroom._name:
                start = model._telegram_start_field
                domain = [
                    (field.name, "in", self.classroom.ids),
                    (start, ">=", fields.Datetime.now()),
                ]
                starts = {}
                for lesson in model.sudo().search(domain, order=start):
                    if lesson._telegram_is_planned():
                        starts.setdefault(lesson[field.name].id, lesson[start])
                return starts
        return {}
