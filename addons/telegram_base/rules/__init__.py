"""Pure decisions about who somebody is: no Odoo, no database, no clock."""
