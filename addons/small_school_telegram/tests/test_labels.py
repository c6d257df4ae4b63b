from lxml import etree

from odoo.tests.common import TransactionCase, tagged

from .test_translations import MODULES

#: Texts that are the same in both languages: names, and words that French has, too.
SAME = {
    *("Telegram", "Pool", "CSV", "Excel", "PDF", "E-mail", "https://t.me/+…"),
    *("+ 5 min", "+ 10 min", "+ 15 min"),
    *(
        "Absences",
        "Absent",
        "Action",
        "Code",
        "Correction",
        "Dates",
        "Document",
        "Exceptions",
        "Excuses",
    ),
    *("Classes", "Messages"),
    *("Minutes", "Obstacles", "Pauses", "Question", "Source"),
}

_VIEWS = ("form", "tree", "search", "kanban", "calendar", "pivot", "graph")


@tagged("post_install", "-at_install")
class TestLabels(TransactionCase):
    """French readers see no English label, also on Odoo 13, which does not translate the fields of
    another addon's mixin."""

    def test_every_label_of_our_views_is_shown_in_french(self):
        english = set()
        for view in self._views():
            spoken = [self._labels(view, lang) for lang in ("en_US", "fr_FR")]
            self.assertEqual(len(spoken[0]), len(spoken[1]), view.name)
            for (place, source), (_place, label) in zip(*spoken):
                if source == label and any(map(str.isalpha, label)) and label not in SAME:
                    english.add((view.model, view.type, place, label))
        self.assertFalse(english, sorted(english))

    def test_every_help_and_label_of_a_mixin_is_shown_in_french(self):
        """Labels are also read outside of views: in filters, groupings, exports, messages."""
        missing = set()
        for name, model in sorted(self.env.items()):
            mixins = [] if model._abstract else self._mixins_of(model)
            if not mixins:
                continue
            english, french = [
                model.with_context(lang=lang).fields_get() for lang in ("en_US", "fr_FR")
            ]
            for field in {field for one in mixins for field in one._fields} & set(english):
                for what in ("string", "help"):
                    label = english[field].get(what)
                    is_ours = label and not model._fields[field].automatic
                    if is_ours and label == french[field].get(what) and label not in SAME:
                        missing.add((name, field, what, label))
        self.assertFalse(missing, sorted(missing))

    def _mixins_of(self, model):
        """Return the mixins of ours that the model is made of."""
        names = {getattr(one, "_name", None) for one in type(model).__mro__}
        return [
            self.env[name]
            for name in names
            if name in self.env
            and name.startswith("telegram.")
            and self.env[name]._abstract
            and name != model._name
        ]

    def _views(self):
        """Return our views, each as a whole: a view that extends another one of ours is seen in
        that one."""
        data = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.view"), ("module", "in", MODULES)]
        )
        views = self.env["ir.ui.view"].browse(data.mapped("res_id")).exists()
        ours = views.filtered(lambda one: one.type in _VIEWS and one.model in self.env)
        whole = ours.filtered(lambda one: one.mode == "primary" or self._root(one) not in ours)
        self.assertGreater(len(whole), 40)
        return whole

    def _root(self, view):
        while view.inherit_id and view.mode != "primary":
            view = view.inherit_id
        return view

    def _labels(self, view, lang):
        """Return [(place, label)] of all labels of the view, in the order of its elements; of
        another addon's screen only those that ours adds."""
        # the computed text of a view is kept whatever the language
        self.env.cache.invalidate()
        model = self.env[view.model].with_context(lang=lang)
        if view.mode == "primary":
            view_of_model = model.fields_view_get(view.id, view.type)
            return list(
                self._walk(etree.fromstring(view_of_model["arch"]), view_of_model["fields"])
            )
        arch = etree.fromstring(view.with_context(lang=lang).arch_db)
        return list(self._walk(arch, model.fields_get()))

    def _walk(self, root, fields):
        for node in root.iter(etree.Element):
            if node.get("invisible") in ("1", "True"):
                continue
            for name in ("string", "placeholder", "help", "confirm", "sum"):
                if node.get(name):
                    yield "%s %s" % (node.tag, name), node.get(name)
            if node.tag == "field":
                field = fields.get(node.get("name"), {})
                if not node.get("string") and not node.get("nolabel") and field.get("string"):
                    yield "field %s" % node.get("name"), field["string"]
                for sub in (field.get("views") or {}).values():
                    for label in self._walk(etree.fromstring(sub["arch"]), sub["fields"]):
                        yield label
            for text in (node.text, node.tail):
                if text and text.strip():
                    yield "text", " ".join(text.split())
