from odoo import api, models


class TelegramLabelsMixin(models.AbstractModel):
    """Labels and help of a mixin's fields in the user's language, on every model that has them.
    Odoo 13 translates a field only in the addon that makes it, so those of another addon's mixin
    would be English on an adapter's models; the mixin itself has them translated."""

    _name = "telegram.labels.mixin"
    _description = "Telegram: labels in the user's language"

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Also translate labels and help that the model has from our mixins; its own ones stay."""
        descriptions = super().fields_get(allfields, attributes)
        lang = self.env.lang
        if not lang or lang == "en_US":
            return descriptions
        translations = self.env["ir.translation"]
        for mixin in self._telegram_mixins():
            labels = translations.get_field_string(mixin)
            helps = translations.get_field_help(mixin)
            for name, field in self.env[mixin]._fields.items():
                description = descriptions.get(name)
                # a label of the model's own stays
                if description and labels.get(name) and description.get("string") == field.string:
                    description["string"] = labels[name]
                if description and helps.get(name) and description.get("help") == field.help:
                    description["help"] = helps[name]
        return descriptions

    @api.model
    def _telegram_mixins(self):
        """Return the names of the abstract models that this one is made of, without itself."""
        names = (
            cls._name
            for cls in type(self).__mro__
            if getattr(cls, "_abstract", False) and getattr(cls, "_name", None) in self.env
        )
        return [name for name in dict.fromkeys(names) if name not in ("base", self._name)]
