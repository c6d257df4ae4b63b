"""The health of the product: judged once, in SQL, for both programs (`lines`, `sources`: without
Odoo); the words for it, and the page."""
