"""People who try to have a text evaluated, or to read what is not theirs."""

from odoo.tests.common import SavepointCase


class GuardCase(SavepointCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.boss = cls.person("boss", "base.group_user", "base.group_system")
        cls.clerk = cls.person("clerk", "base.group_user", "base.group_partner_manager")
        cls.customer = cls.person("customer", "base.group_portal")
        cls.nobody = cls.person("nobody")
        #: those whom nothing is rendered for
        cls.plain = cls.clerk | cls.customer | cls.nobody

    @classmethod
    def person(cls, login, *groups):
        users = cls.env["res.users"].with_context(no_reset_password=True)
        ids = [cls.env.ref(group).id for group in groups]
        values = {"name": login, "login": login, "email": login + "@example.com"}
        return users.create(dict(values, groups_id=[(6, 0, ids)]))
