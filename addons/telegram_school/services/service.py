"""The bases of the services: work on a record of the school."""

from odoo.addons.telegram_base.companies import in_company


def _of_class(records, classroom):
    """Return the records in an environment of this class's company."""
    known = classroom.sudo()
    company = known.company_id if classroom and "company_id" in known._fields else False
    if classroom and not company:
        company = known.env["telegram.chat"]._rows_of(known)
        company = company[known.id].company_id if known.id in company else False
    return in_company(records, company)


class LessonService:
    """Work on a lesson: a record of the school's own model, which has `telegram.lesson.mixin`."""

    def __init__(self, lesson):
        self.lesson = lesson

    @property
    def env(self):
        """The lesson's environment; Odoo finds the language of `_()` by it."""
        return self.lesson.env

    @property
    def row(self):
        """The product's own row of the lesson, a `telegram.lesson`."""
        return self.env["telegram.lesson"]._of(self.lesson)

    def in_company(self):
        """Return this service for the lesson in an environment of its class's company."""
        return type(self)(_of_class(self.lesson, self.lesson._telegram_classroom()))


class ClassService:
    """Work on a class: a record of the school's own model, which has `telegram.classroom.mixin`."""

    def __init__(self, classroom):
        self.classroom = classroom

    @property
    def env(self):
        """The class's environment; Odoo finds the language of `_()` by it."""
        return self.classroom.env

    def in_company(self):
        """Return this service for the class in an environment of its company."""
        return type(self)(_of_class(self.classroom, self.classroom))
