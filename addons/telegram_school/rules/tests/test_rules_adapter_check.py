"""The traps of an adapter, in descriptions of its models."""

from typing import Any, Dict, FrozenSet, List

import pytest
from rules.adapter_check import (
    ATTENDANCE,
    CLASSROOM,
    ENROLMENT,
    LESSON,
    NOTES,
    Fault,
    Field,
    Model,
    check,
)

STATUSES: FrozenSet[str] = frozenset({"present", "absent", "unknown"})


def school() -> Dict[str, Model]:
    """A school whose adapter has no trap."""
    return {
        "s.course": Model("s.course", (CLASSROOM,), {"tz": Field("char"), "lang": Field("char")}),
        "s.pupil": Model("s.pupil"),
        "s.enrolment": Model(
            "s.enrolment",
            (ENROLMENT,),
            {
                "course_id": Field("many2one", "s.course"),
                "pupil_id": Field("many2one", "s.pupil"),
            },
            {"_telegram_classroom_field": "course_id", "_telegram_person_field": "pupil_id"},
        ),
        "s.lesson": Model(
            "s.lesson",
            (LESSON,),
            {
                "course_id": Field("many2one", "s.course"),
                "begin": Field("datetime"),
                "end": Field("datetime"),
                "name": Field("char"),
                "line_ids": Field("one2many", "s.line"),
                "sheet_ids": Field("one2many", "s.sheet"),
            },
            {
                "_telegram_classroom_field": "course_id",
                "_telegram_start_field": "begin",
                "_telegram_stop_field": "end",
                "_telegram_name_field": "name",
                "_telegram_sheet_field": "line_ids",
            },
        ),
        "s.sheet": Model(
            "s.sheet",
            (),
            {
                "lesson_id": Field("many2one", "s.lesson"),
                "line_ids": Field("one2many", "s.line"),
            },
        ),
        "s.line": Model(
            "s.line",
            (ATTENDANCE,),
            {
                "lesson_id": Field("many2one", "s.lesson"),
                "sheet_id": Field("many2one", "s.sheet"),
                "pupil_id": Field("many2one", "s.pupil"),
                "status": Field("selection", choices=STATUSES),
                "came": Field("datetime"),
                "is_there": Field("boolean"),
            },
            {
                "_telegram_lesson_field": "lesson_id",
                "_telegram_person_field": "pupil_id",
                "_telegram_columns": {"status": "status", "arrived_at": "came"},
            },
        ),
    }


def faults(models: Dict[str, Model]) -> List[Fault]:
    found: List[Fault] = []
    for model in models.values():
        found += check(model, models, STATUSES)
    return found


def changed(name: str, hooks: FrozenSet[str] = frozenset(), **settings: Any) -> Dict[str, Model]:
    """The school with other `_telegram_*` attributes and hooks of one model."""
    models = school()
    mine = {"_telegram_" + key: value for key, value in settings.items()}
    model = models[name]
    models[name] = model._replace(settings={**model.settings, **mine}, hooks=hooks)
    return models


def with_field(name: str, field: str, value: Field) -> Dict[str, Model]:
    models = school()
    models[name] = models[name]._replace(fields={**models[name].fields, field: value})
    return models


def test_school__without_a_trap() -> None:
    assert faults(school()) == []


@pytest.mark.parametrize(
    ("name", "settings", "fault"),
    [
        ("s.enrolment", {"person_field": "partner_id"}, "field_missing"),
        ("s.enrolment", {"person_field": "course_id"}, "person_field"),
        ("s.line", {"person_field": "lesson_id"}, "person_field"),
        ("s.line", {"person_field": "status"}, "person_field"),
        ("s.enrolment", {"classroom_field": "pupil_id"}, "class_field"),
        ("s.enrolment", {"classroom_field": "pupil_id.course_id"}, "field_missing"),
        ("s.lesson", {"classroom_field": "line_ids"}, "class_field"),
        ("s.lesson", {"start_field": "begun"}, "field_missing"),
        ("s.lesson", {"start_field": "name"}, "start_kind"),
        ("s.lesson", {"stop_field": "name"}, "start_kind"),
        ("s.lesson", {"name_field": "title"}, "field_missing"),
        ("s.lesson", {"sheet_field": "lines"}, "field_missing"),
        ("s.lesson", {"sheet_field": "sheet_ids"}, "sheet_field"),
        ("s.lesson", {"watched": ("begun",)}, "field_missing"),
        ("s.line", {"lesson_field": "session_id"}, "field_missing"),
        ("s.line", {"lesson_field": "pupil_id"}, "lesson_field"),
        ("s.line", {"lesson_field": "sheet_id"}, "parent_sheet"),
        ("s.line", {"columns": {}}, "no_status"),
        ("s.line", {"columns": {"status": "verdict"}}, "field_missing"),
        ("s.line", {"columns": {"status": "status", "arrived_at": "status"}}, "column_kind"),
        ("s.line", {"columns": {"status": "came"}}, "column_kind"),
        ("s.line", {"columns": {"status": "is_there"}}, "boolean"),
        ("s.line", {"columns": {"status": "status", "arrival": "came"}}, "no_such_column"),
    ],
)
def test_trap__is_one_fault(name: str, settings: Dict[str, Any], fault: str) -> None:
    found = faults(changed(name, **settings))
    assert [(one.model, one.code) for one in found] == [(name, fault)]


@pytest.mark.parametrize(
    ("name", "hook", "settings"),
    [
        ("s.enrolment", "_telegram_classrooms", {"classroom_field": "none"}),
        ("s.lesson", "_telegram_stop", {"stop_field": "name"}),
        ("s.lesson", "_telegram_write_sheet", {"sheet_field": "none"}),
        ("s.line", "_telegram_values", {"columns": {"status": "is_there"}}),
    ],
)
def test_trap__is_none_where_the_hook_is_overridden(
    name: str, hook: str, settings: Dict[str, Any]
) -> None:
    assert faults(changed(name, frozenset({hook}), **settings)) == []


def test_sheet__none_at_all_or_through_another_record() -> None:
    assert faults(changed("s.lesson", sheet_field=False)) == []
    assert faults(changed("s.lesson", sheet_field="sheet_ids.line_ids")) == []
    models = changed("s.line", lesson_field="sheet_id.lesson_id")
    assert faults(models) == []


def test_parent_sheet__the_sentence_names_the_path() -> None:
    [fault] = faults(changed("s.line", lesson_field="sheet_id"))
    assert fault == Fault("parent_sheet", "s.line", "sheet_id", "sheet_id.lesson_id")


def test_parent_sheet__that_needs_more_is_made_by_a_hook() -> None:
    models = changed("s.line", lesson_field="sheet_id.lesson_id")
    sheet = models["s.sheet"]
    more = {
        "register_id": Field("many2one", "s.register", is_required=True),
        "name": Field("char", is_required=True, default="New"),
    }
    models["s.sheet"] = sheet._replace(fields={**sheet.fields, **more})
    assert faults(models) == [
        Fault("parent_made", "s.line", "sheet_id.lesson_id", "register_id"),
    ]
    models["s.line"] = models["s.line"]._replace(hooks=frozenset({"_telegram_sheet_of"}))
    assert faults(models) == []


def test_status__is_named_also_where_the_words_are_the_schools() -> None:
    models = changed("s.line", frozenset({"_telegram_values"}), columns={})
    assert faults(models) == [Fault("no_status", "s.line")]


def test_status__choices_that_lack_words() -> None:
    models = with_field("s.line", "status", Field("selection", choices=frozenset({"present"})))
    assert faults(models) == [Fault("choices", "s.line", "status", "absent, unknown")]


def test_status__generated_as_an_answer() -> None:
    models = with_field("s.line", "status", Field("char", default="present"))
    assert faults(models) == [Fault("generated", "s.line", "status", "present")]
    models["s.line"] = models["s.line"]._replace(hooks=frozenset({"_telegram_is_untouched"}))
    assert faults(models) == []
    for none in (None, False, "unknown"):
        assert faults(with_field("s.line", "status", Field("char", default=none))) == []


def test_status__generated_though_the_words_are_the_schools() -> None:
    """An adapter with its own words names no columns, but may say which field the status is in."""
    models = changed("s.line", frozenset({"_telegram_values"}), columns={"status": "is_there"})
    line = models["s.line"]
    fields = {**line.fields, "is_there": Field("boolean", default=True)}
    models["s.line"] = line._replace(fields=fields)
    assert [fault.code for fault in faults(models)] == ["generated"]


def test_class__without_time_zone_and_language_is_a_note() -> None:
    models = school()
    models["s.course"] = models["s.course"]._replace(fields={})
    notes = faults(models)
    assert [fault.code for fault in notes] == ["no_time_zone", "no_language"]
    assert {fault.code for fault in notes} <= NOTES
    hooks = frozenset({"_telegram_tz", "_telegram_lang"})
    models["s.course"] = models["s.course"]._replace(hooks=hooks)
    assert faults(models) == []


def test_mixins__two_on_one_model() -> None:
    models = school()
    models["s.line"] = models["s.line"]._replace(mixins=(ENROLMENT, ATTENDANCE))
    found = [fault for fault in faults(models) if fault.model == "s.line"]
    assert found == [Fault("two_mixins", "s.line", other=ENROLMENT + ", " + ATTENDANCE)]
