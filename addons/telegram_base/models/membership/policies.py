"""Choices of a company for all of its groups, which a single group may override."""

STRANGERS = [("out", "Put out"), ("ask", "A person decides")]
HISTORIES = [("visible", "See the history"), ("hidden", "Do not see it")]
