"""The edge to PostgreSQL: the tables of docs/dev/contract.md, row by row. No decisions here."""
