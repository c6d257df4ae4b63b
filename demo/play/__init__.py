"""One lesson played without a person: phones act over the wire, Odoo is asked what it made of
it."""
