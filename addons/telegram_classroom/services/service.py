"""The bases of the services: work on a record of the school."""


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


class ClassService:
    """Work on a class: a record of the school's own model, which has `telegram.classroom.mixin`."""

    def __init__(self, classroom):
        self.classroom = classroom

    @property
    def env(self):
        """The class's environment; Odoo finds the language of `_()` by it."""
        return self.classroom.env
