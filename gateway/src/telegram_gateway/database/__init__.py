"""The edge to PostgreSQL: the tables of docs/contract.md, row by row. No decisions here."""
