"""The traps of an adapter, found in a description of its models: mistakes that would silently
record something wrong, or fail only once a lesson is held.

`services/adapter/check.py` describes the models and has a sentence for each code.
"""

from typing import Any, Dict, FrozenSet, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Union

CLASSROOM = "telegram.classroom.mixin"
LESSON = "telegram.lesson.mixin"
ENROLMENT = "telegram.enrolment.mixin"
ATTENDANCE = "telegram.attendance.mixin"
#: The mixins of an adapter; a model has one of them at most.
MIXINS = (CLASSROOM, LESSON, ENROLMENT, ATTENDANCE)

#: Codes of notes, which are no faults: the school's own setting is used instead.
NOTES = frozenset({"no_time_zone", "no_language"})

_TEXT = ("char", "text", "selection")
_NUMBER = ("float", "integer", "monetary")
#: Kinds of fields that can take a column of the verdict.
KINDS: Dict[str, Tuple[str, ...]] = {
    "role": _TEXT,
    "status": _TEXT,
    "computed_status": _TEXT,
    "arrived_at": ("datetime",),
    "departed_at": ("datetime",),
    "minutes": _NUMBER,
    "minutes_low": _NUMBER,
    "minutes_high": _NUMBER,
    "percentage": _NUMBER,
    "evidence": ("char", "text", "html"),
}


class Field(NamedTuple):
    """A field of a model. choices: keys of a selection, None if they are computed or it is none;
    default: the default value, None for nothing."""

    type: str
    comodel: str = ""
    is_stored: bool = True
    is_required: bool = False
    default: Any = None
    choices: Optional[FrozenSet[str]] = None


class Model(NamedTuple):
    """A model of the school's. mixins: those of ours that it has; settings: its `_telegram_*`
    attributes; hooks: names of the hooks that it overrides."""

    name: str
    mixins: Tuple[str, ...] = ()
    fields: Mapping[str, Field] = {}
    settings: Mapping[str, Any] = {}
    hooks: FrozenSet[str] = frozenset()


class Fault(NamedTuple):
    """One trap. field: the field or column that it is about; other: a model, kind or value beside
    it."""

    code: str
    model: str
    field: str = ""
    other: str = ""


Models = Mapping[str, Model]


def check(model: Model, models: Models, statuses: FrozenSet[str]) -> List[Fault]:
    """Return the traps of one model.

    models: descriptions of all models that fields of `model` lead to, by name, itself among them;
    statuses: the statuses of the rules.
    """
    if len(model.mixins) > 1:
        return [Fault("two_mixins", model.name, other=", ".join(model.mixins))]
    kind = model.mixins[0] if model.mixins else ""
    if kind == CLASSROOM:
        traps = _classroom(model)
    elif kind == LESSON:
        traps = _lesson(model, models)
    elif kind == ENROLMENT:
        traps = _enrolment(model, models)
    elif kind == ATTENDANCE:
        traps = _attendance(model, models, statuses)
    else:
        return []
    faults = [
        Fault("field_missing", model.name, name, "_telegram_watched")
        for name in model.settings.get("_telegram_watched", ())
        if name not in model.fields
    ]
    return list(traps) + faults


def _classroom(model: Model) -> Iterator[Fault]:
    if "tz" not in model.fields and "_telegram_tz" not in model.hooks:
        yield Fault("no_time_zone", model.name)
    if "lang" not in model.fields and "_telegram_lang" not in model.hooks:
        yield Fault("no_language", model.name)


def _lesson(model: Model, models: Models) -> Iterator[Fault]:
    """Yield the traps of a model of lessons."""
    yield from _leads(model, models, "_telegram_classroom_field", CLASSROOM, "class_field")
    yield from _has(model, "_telegram_start_field", ("datetime",), "start_kind")
    if "_telegram_stop" not in model.hooks:
        yield from _has(model, "_telegram_stop_field", ("datetime",), "start_kind")
    yield from _has(model, "_telegram_name_field", (), "")
    if "_telegram_write_sheet" not in model.hooks and model.settings["_telegram_sheet_field"]:
        yield from _sheet(model, models)


def _sheet(model: Model, models: Models) -> Iterator[Fault]:
    path = model.settings["_telegram_sheet_field"]
    end = follow(model, models, path)
    if isinstance(end, Fault):
        yield end._replace(other="_telegram_sheet_field")
    elif ATTENDANCE not in models.get(end.comodel, Model("")).mixins:
        yield Fault("sheet_field", model.name, path, end.comodel or end.type)


def _enrolment(model: Model, models: Models) -> Iterator[Fault]:
    """Yield the traps of a model of enrolments."""
    if "_telegram_classrooms" not in model.hooks:
        path = model.settings["_telegram_classroom_field"]
        end = follow(model, models, path)
        if isinstance(end, Fault):
            yield end._replace(other="_telegram_classroom_field")
        elif CLASSROOM not in models.get(end.comodel, Model("")).mixins:
            yield Fault("class_field", model.name, path, end.comodel or end.type)
    yield from _person(model, models)


def _attendance(model: Model, models: Models, statuses: FrozenSet[str]) -> Iterator[Fault]:
    """Yield the traps of a model of a sheet's lines."""
    yield from _lesson_path(model, models)
    yield from _person(model, models)
    # corrected lines are recognised by it, also if the adapter has its own words
    if "status" not in model.settings["_telegram_columns"]:
        yield Fault("no_status", model.name)
    if "_telegram_values" not in model.hooks:
        yield from _columns(model, statuses)
    column = model.settings["_telegram_columns"].get("status")
    field = model.fields.get(column)
    if field is not None and field.default not in (None, False, "", "unknown"):
        if "_telegram_is_untouched" not in model.hooks:
            yield Fault("generated", model.name, column, str(field.default))


def _columns(model: Model, statuses: FrozenSet[str]) -> Iterator[Fault]:
    """Yield the traps of the fields that hold the verdict."""
    for column, name in sorted(model.settings["_telegram_columns"].items()):
        field = model.fields.get(name)
        if column not in KINDS:
            yield Fault("no_such_column", model.name, column)
        elif field is None:
            yield Fault("field_missing", model.name, name, "_telegram_columns")
        elif field.type == "boolean" and column == "status":
            yield Fault("boolean", model.name, name)
        elif field.type not in KINDS[column]:
            yield Fault("column_kind", model.name, name, column)
        elif column == "status" and field.choices is not None and statuses - field.choices:
            yield Fault("choices", model.name, name, ", ".join(sorted(statuses - field.choices)))


def _lesson_path(model: Model, models: Models) -> Iterator[Fault]:
    """Check that the line leads to its lesson, directly or through one parent, which can be
    made."""
    path = model.settings["_telegram_lesson_field"]
    end = follow(model, models, path)
    if isinstance(end, Fault):
        yield end._replace(other="_telegram_lesson_field")
        return
    names = path.split(".")
    if LESSON not in models.get(end.comodel, Model("")).mixins or end.type != "many2one":
        parent = models.get(model.fields[names[0]].comodel, Model(""))
        through = [
            "%s.%s" % (names[0], name)
            for name, field in sorted(parent.fields.items())
            if field.type == "many2one" and LESSON in models.get(field.comodel, Model("")).mixins
        ]
        if len(names) == 1 and through:
            yield Fault("parent_sheet", model.name, path, through[0])
        else:
            yield Fault("lesson_field", model.name, path, end.comodel or end.type)
    elif len(names) > 2 and "_telegram_sheet_of" not in model.hooks:
        yield Fault("parent_made", model.name, path, "")
    elif len(names) == 2 and "_telegram_sheet_of" not in model.hooks:
        parent = models[model.fields[names[0]].comodel]
        needed = [
            name
            for name, field in sorted(parent.fields.items())
            if field.is_required and field.default is None and name not in (names[1], "id")
        ]
        if needed:
            yield Fault("parent_made", model.name, path, ", ".join(needed))


def _person(model: Model, models: Models) -> Iterator[Fault]:
    """Yield the traps of the field that names the person."""
    name = model.settings["_telegram_person_field"]
    field = model.fields.get(name)
    if field is None:
        yield Fault("field_missing", model.name, name, "_telegram_person_field")
    elif field.type != "many2one" or not field.is_stored:
        yield Fault("person_field", model.name, name, field.comodel or field.type)
    elif models.get(field.comodel, Model("")).mixins:
        yield Fault("person_field", model.name, name, field.comodel)


def _leads(model: Model, models: Models, setting: str, mixin: str, code: str) -> Iterator[Fault]:
    """Check that the field that `setting` names is a stored Many2one to a model with `mixin`."""
    name = model.settings[setting]
    field = model.fields.get(name)
    if field is None:
        yield Fault("field_missing", model.name, name, setting)
    elif (
        field.type != "many2one"
        or not field.is_stored
        or mixin not in models.get(field.comodel, Model("")).mixins
    ):
        yield Fault(code, model.name, name, field.comodel or field.type)


def _has(model: Model, setting: str, kinds: Tuple[str, ...], code: str) -> Iterator[Fault]:
    """Check that the field that `setting` names is there, stored, and of one of these kinds (empty:
    any)."""
    name = model.settings[setting]
    field = model.fields.get(name)
    if field is None:
        yield Fault("field_missing", model.name, name, setting)
    elif kinds and (field.type not in kinds or not field.is_stored):
        yield Fault(code, model.name, name, field.type)


def follow(model: Model, models: Models, path: str) -> Union[Field, Fault]:
    """Return the `Field` at the end of a dotted path; a `Fault` if a field on it is missing."""
    missing = Fault("field_missing", model.name, path)
    *before, last = path.split(".")
    for name in before:
        step = model.fields.get(name)
        if step is None or step.comodel not in models:
            return missing
        model = models[step.comodel]
    return model.fields.get(last, missing)
