"""Choices that a company makes for all of its groups, and a group for itself."""

STRANGERS = [("out", "Put out"), ("ask", "A person decides")]
HISTORIES = [("visible", "See the history"), ("hidden", "Do not see it")]
