"""Logins of the pool's accounts, and people: names, telephone numbers, erasure."""
