from odoo.tests.common import HOST, HttpCase, tagged
from odoo.tools import config

PASSWORD = "only for this test"


@tagged("post_install", "-at_install")
class TestDoorbell(HttpCase):
    """The gateway's own access: `/jsonrpc`, with the name of the database."""

    def setUp(self):
        super().setUp()
        self.user = self.env.ref("telegram_base.user_doorbell")
        self.user.password = PASSWORD
        self.user.flush()

    def _execute(self, model, method, *args):
        call = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": 1,
            "params": {
                "service": "object",
                "method": "execute_kw",
                "args": [self.env.cr.dbname, self.user.id, PASSWORD, model, method, list(args)],
            },
        }
        address = "http://%s:%s/jsonrpc" % (HOST, config["http_port"])
        return self.opener.post(address, json=call, timeout=60).json()

    def test_ring(self):
        self.env.cr.execute(
            "INSERT INTO telegram_inbox (fact, kind) VALUES ('test:doorbell', 'account_back')"
        )
        answer = self._execute("telegram.inbox", "ring")
        self.assertEqual(answer.get("result"), {"handled": 1, "left": 0, "busy": False}, answer)
