"""Errors of the surroundings, told in one sentence without a traceback."""


class StackError(Exception):
    """The message says what is wrong and what to do about it."""
