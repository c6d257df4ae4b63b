"""How everything is: judged once, in SQL, for both programs (`lines`, `sources`: without Odoo); the
words for it, and the page."""
