"""Rights of wizards, the same on Odoo 13 and 14."""

from odoo import _
from odoo.exceptions import AccessError
from odoo.release import version_info


class OwnRights:
    """Makes a wizard require rights as any model does. Odoo 14 requires them itself; Odoo 13 lets
    everybody, portal users too, create a wizard and press its buttons."""

    if version_info[0] >= 14:  # its models have no slots, and all their base classes must be alike
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
