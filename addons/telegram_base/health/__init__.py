"""How everything is: judged once, in SQL, for both programs. Without Odoo."""
