"""What the tests share: a whole gateway between real tables and the sandbox, without Odoo.

See `line.py` for what a test can do.
"""
