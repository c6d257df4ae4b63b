"""Groups and who is in them: reconciled with the roster that Odoo writes."""
