from lxml import etree

from odoo.tests.common import TransactionCase, tagged

from .test_translations import MODULES

#: What is written the same in both languages: names, and words that French has, too.
SAME = {
    *("Telegram", "Pool", "CSV", "Excel", "PDF", "E-mail", "https://t.me/+…"),
    *("+ 5 min", "+ 10 min", "+ 15 min"),
    *("Absences", "Absent", "Action", "Code", "Dates", "Document", "Exceptions", "Excuses"),
    *("Classes", "Messages"),
    *("Minutes", "Obstacles", "Pauses", "Question", "Source"),
}

_VIEWS = ("form", "tree", "search", "kanban", "calendar", "pivot", "graph")


@tagged("post_install", "-at_install")
class TestLabels(TransactionCase):
    """Whoever reads French reads no English label: also on Odoo 13, which gives the fields of
    another addon's mixin no translation."""

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
        """Also where it stands in no view: in filters, groupings, exports, messages."""
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
                    said = english[field].get(what)
                    is_ours = said and not model._fields[field].automatic
                    if is_ours and said == french[field].get(what) and said not in SAME:
                        missing.add((name, field, what, said))
        self.assertFalse(missing, sorted(missing))

    def _mixins_of(self, model):
        """The mixins of ours that the model is made of."""
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
        """Our views, each as a whole: those that extend another one of ours are seen in it."""
        data = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.view"), ("module", "in", MODULES)]
        )
        views = self.env["ir.ui.view"].browse(data.mapped("res_id")).exists()
        ours = views.filtered(lambda one: one.type in _VIEWS and one.model in self.env)
        found = ours.filtered(lambda one: one.mode == "primary" or self._root(one) not in ours)
        self.assertGreater(len(found), 40)
        return found

    def _root(self, view):
        while view.inherit_id and view.mode != "primary":
            view = view.inherit_id
        return view

    def _labels(self, view, lang):
        """[(place, label)] of all that the view shows, in the order of its elements; of a screen of
        another addon's what ours adds to it."""
        # the computed text of a view is kept whatever the language
        self.env.cache.invalidate()
        model = self.env[view.model].with_context(lang=lang)
        if view.mode == "primary":
            found = model.fields_view_get(view.id, view.type)
            return list(self._walk(etree.fromstring(found["arch"]), found["fields"]))
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
                    for one in self._walk(etree.fromstring(sub["arch"]), sub["fields"]):
                        yield one
            for text in (node.text, node.tail):
                if text and text.strip():
                    yield "text", " ".join(text.split())
