"""What a person is told when the surroundings are not right: one sentence, no traceback."""


class StackError(Exception):
    """The message says what is wrong and what to do about it."""
