from odoo import _
from odoo.exceptions import AccessError
from odoo.release import version_info


class OwnRights:
    """For wizards: Odoo 13 lets everybody, portal users too, create one and press its buttons; Odoo
    14 requires rights on it as on any model. With this class, our wizards do so on both."""

    if version_info[0] >= 14:  # whose models have none; a class must be laid out as they are
        __slots__ = ()

    def check_access_rights(self, operation, raise_exception=True):
        """Return whether the user's groups have this right on the wizard. Raises AccessError if
        not, unless `raise_exception` is False."""
        may = self.env.su or bool(
            self.env["ir.model.access"]
            .sudo()
            .search_count(
                [
                    ("model_id.model", "=", self._name),
                    ("perm_" + operation, "=", True),
                    "|",
                    ("group_id", "=", False),
                    ("group_id.users", "in", self.env.uid),
                ]
            )
        )
        if not may and raise_exception:
            raise AccessError(_("You may not use this window."))
        return may and super().check_access_rights(operation, raise_exception)
