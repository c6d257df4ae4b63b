"""The treatment of a stranger in a group: somebody whom the school does not know."""

#: The school's rule for a group.
PUT_OUT, ASK = "out", "ask"


def fate(
    rule: str, is_ours: bool, is_admitted: bool, is_anybody_known: bool, is_unlogged: bool
) -> str:
    """Return `out` or `ask` for an account that is linked to nobody whom the school knows.

    rule: `out` or `ask`. is_ours: we made the group, and its class is in use. is_admitted: a
    teacher or supervisor of the class, or the school's own accounts, let them in or added them.
    is_anybody_known: it is known who brought them in, which may be themselves by a link.
    is_unlogged: nobody is known, although the group's admin log was read to its end.
    """
    if rule != PUT_OUT or not is_ours or is_admitted:
        return ASK
    # If nothing could be read, nothing is known against them, either.
    return PUT_OUT if is_anybody_known or is_unlogged else ASK
