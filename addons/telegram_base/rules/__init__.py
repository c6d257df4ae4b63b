"""Pure decisions about people's identity: no Odoo, no database, no clock."""
