from odoo import api, models

from ..services.membership import rights


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    @api.model
    def load_menus(self, debug):
        return self._without_telegram(super().load_menus(debug))

    @api.model
    def load_menus_root(self):
        return self._without_telegram(super().load_menus_root())

    @api.model
    def _without_telegram(self, tree):
        """Return the menu without “Telegram” for users who have nothing to see there: no class,
        no lesson, at this moment. Odoo keeps the tree for its user, so it is not changed."""
        user = self.env.user
        root = self.env.ref("telegram_base.menu_root", raise_if_not_found=False)
        if not root or user.has_group("telegram_base.group_user") or rights.is_concerned(user):
            return tree
        return dict(
            tree,
            children=[one for one in tree["children"] if one["id"] != root.id],
            all_menu_ids=[one for one in tree["all_menu_ids"] if one != root.id],
        )
