"""Describes an adapter's models for `rules/adapter_check.py`, and puts its traps into words."""

from odoo import _

from ...models import telegram_choices
from ...rules import adapter_check as rules

#: Attributes by which an adapter names its fields.
_SETTINGS = (
    "_telegram_classroom_field",
    "_telegram_start_field",
    "_telegram_stop_field",
    "_telegram_name_field",
    "_telegram_sheet_field",
    "_telegram_lesson_field",
    "_telegram_person_field",
    "_telegram_columns",
)
_HOOKS = (
    "_telegram_tz",
    "_telegram_lang",
    "_telegram_stop",
    "_telegram_write_sheet",
    "_telegram_classrooms",
    "_telegram_values",
    "_telegram_is_untouched",
    "_telegram_sheet_of",
)


class AdapterCheck:
    """Finds the traps of the adapters' models, and puts them into words."""

    def __init__(self, env):
        self.env = env

    def adapters(self):
        """Return the models that have one of our mixins, and a table."""
        registry = self.env.registry
        names = set().union(*(registry.descendants([mixin], "_inherit") for mixin in rules.MIXINS))
        models = [self.env[name] for name in sorted(names)]
        return [model for model in models if not model._abstract and not model._transient]

    def faults(self, models=None):
        """Return the `rules.adapter_check.Fault`s of these adapters' models, all by default."""
        described = {}
        for model in self.adapters():
            self._describe(model, described)
        statuses = frozenset(code for code, _word in telegram_choices.statuses(self))
        faults = []
        for model in self.adapters() if models is None else models:
            faults += rules.check(described[model._name], described, statuses)
        return faults

    def _describe(self, model, described):
        """Describe a model, and the models that its fields lead to, directly or by a dotted
        setting."""
        described[model._name] = self.model(model)
        for name in described[model._name].settings.values():
            other = model
            # a dict of columns leads nowhere
            for part in name.split(".") if isinstance(name, str) else ():
                field = other._fields.get(part)
                if field is None or not field.comodel_name or field.comodel_name not in self.env:
                    break
                other = self.env[field.comodel_name]
                if other._name not in described:
                    described[other._name] = self.model(other)

    def model(self, model):
        """Return the `rules.adapter_check.Model` of a model."""
        mixins = [name for name in rules.MIXINS if self._has_mixin(model, name)]
        settings = {name: getattr(model, name) for name in _SETTINGS if hasattr(model, name)}
        hooks = set()
        for mixin in mixins:
            ours = type(self.env[mixin])
            # fields that the mixin itself watches may be missing
            watched = getattr(model, "_telegram_watched", ())
            if watched != getattr(ours, "_telegram_watched", ()):
                settings["_telegram_watched"] = watched
            hooks |= {
                name
                for name in _HOOKS
                if hasattr(ours, name) and getattr(type(model), name) is not getattr(ours, name)
            }
        status = settings.get("_telegram_columns", {}).get("status")
        fields = {
            name: self._field(model, field, name == status) for name, field in model._fields.items()
        }
        return rules.Model(model._name, tuple(mixins), fields, settings, frozenset(hooks))

    def _has_mixin(self, model, mixin):
        return model._name in self.env.registry.descendants([mixin], "_inherit")

    def _field(self, model, field, is_status):
        """Return the `rules.adapter_check.Field` of a model's field. is_status: it holds the status
        of a line, so its default value counts, not only that it has one."""
        choices = None
        if field.type == "selection" and isinstance(field.selection, (list, tuple)):
            choices = frozenset(code for code, _word in field.selection)
        default = bool(field.default or field.compute or field.related) or None
        if is_status and field.default:
            default = self._default(model, field)
        return rules.Field(
            field.type,
            field.comodel_name or "",
            bool(field.store or field.related),
            bool(field.required),
            default,
            choices,
        )

    def _default(self, model, field):
        """Return the default value of a new record in this field; None if it cannot be computed
        now."""
        try:
            with self.env.cr.savepoint():
                return field.default(model)
        except Exception:  # it may read a table that is made later in the same installation
            return None

    def sentences(self, faults):
        """Return a sentence for each fault, in the context's language."""
        return [self.sentence(fault) for fault in faults]

    def sentence(self, fault):
        """Return what is wrong and what to do about it, in the context's language."""
        words = {
            "two_mixins": _(
                "%(model)s has several mixins of Telegram (%(other)s), whose hooks have the same "
                "names: leave it one, and give the other to another model."
            ),
            "field_missing": _(
                "%(model)s has no field %(field)s, which its %(other)s names: name a field that is "
                "there."
            ),
            "person_field": _(
                "The field %(field)s of %(model)s (%(other)s) leads to nobody: let "
                "_telegram_person_field name a stored Many2one to the model of the people."
            ),
            "class_field": _(
                "The field %(field)s of %(model)s (%(other)s) leads to no class: let "
                "_telegram_classroom_field name a stored Many2one to the model with "
                "telegram.classroom.mixin."
            ),
            "lesson_field": _(
                "The field %(field)s of %(model)s (%(other)s) leads to no lesson: let "
                "_telegram_lesson_field name a Many2one to the model with telegram.lesson.mixin."
            ),
            "sheet_field": _(
                "The field %(field)s of %(model)s (%(other)s) leads to no lines of a sheet: let "
                "_telegram_sheet_field name a One2many to the model with "
                "telegram.attendance.mixin, or be False where the school has no sheet."
            ),
            "parent_sheet": _(
                "%(model)s leads to its lesson through the sheet in its field %(field)s: write "
                "_telegram_lesson_field = “%(other)s”."
            ),
            "parent_made": _(
                "%(model)s leads to its lesson by %(field)s, and the sheet between them cannot be "
                "made without %(other)s: override _telegram_sheet_of, which returns it."
            ),
            "start_kind": _(
                "The field %(field)s of %(model)s is no stored date and time (%(other)s): let "
                "_telegram_start_field name one, and _telegram_stop_field too, or override "
                "_telegram_stop."
            ),
            "no_status": _(
                "The _telegram_columns of %(model)s name no field for “status”, so that no sheet "
                "would say who was there: name one, also where _telegram_values has its own words."
            ),
            "no_such_column": _(
                "The _telegram_columns of %(model)s name “%(field)s”, which no verdict has: see "
                "COLUMNS in telegram_attendance_mixin.py."
            ),
            "boolean": _(
                "The field %(field)s of %(model)s can only say yes or no, and a status may be "
                "unknown: override _telegram_values, and leave the field out where it is."
            ),
            "column_kind": _(
                "The field %(field)s of %(model)s is of a kind that cannot hold “%(other)s”: name "
                "another one in _telegram_columns, or override _telegram_values."
            ),
            "choices": _(
                "The field %(field)s of %(model)s lacks the choices %(other)s: add them, or "
                "override _telegram_values with the words of the school."
            ),
            "generated": _(
                "A new line of %(model)s says “%(other)s” in %(field)s before anybody has answered: "
                "override _telegram_is_untouched, which tells such a line from an answer."
            ),
            "no_time_zone": _(
                "%(model)s has no field tz: hours are said in the time zone of the contact of its "
                "company; for another one override _telegram_tz."
            ),
            "no_language": _(
                "%(model)s has no field lang: its groups speak the language of the contact of its "
                "company; for another one override _telegram_lang."
            ),
        }
        return words[fault.code] % fault._asdict()
