"""How a model's personal data is declared: once, for export, preview and erasure. Without Odoo."""

from ..rules.erasure import Traces

#: What an erasure does with the rows.
DELETED = "deleted"
NAMELESS = "nameless"  # they stay, and name nobody any more
GATEWAY = "gateway"  # the gateway, which alone writes them, forgets the person
KEPT = "kept"


class Holding:
    """Rows of one model that are about people.

    title: what they are, for people. about: fields that lead to the person (to res.partner, to
    res.users, to another model of people, or with the id of a Telegram user; `id` where the row is
    the person's own record); the rows are found by them, all together.
    shown: fields of the export, in their order. erasure: one of the constants above. blanked:
    fields that are emptied where rows stay. texts: columns that may name the person; without
    `about` the rows are found by them, and their names taken out of them. why: a sentence about
    what stays, and for what.
    find: function that finds the rows instead: called with a `Person`, returns records. clean:
    function that takes the person out of the rows instead of emptying fields: called with the
    `Person` and the records.
    """

    def __init__(
        self,
        model,
        title,
        about=(),
        shown=(),
        erasure=DELETED,
        blanked=(),
        texts=(),
        why="",
        find=None,
        clean=None,
    ):
        self.model, self.title, self.about = model, title, tuple(about)
        self.shown, self.erasure, self.blanked = tuple(shown), erasure, tuple(blanked)
        self.texts, self.why, self.find, self.clean = tuple(texts), why, find, clean


class Person:
    """Somebody whose data is exported or erased.

    partner, users: as superuser, archived ones too. accounts: ids of the Telegram users that are
    theirs alone. shared: ids of those that stand for others, too. put_out: those of `accounts` that
    leave the groups. words: what they are called, and their addresses and numbers. others: names
    of other people of which one of the words is a part. label: what replaces their name.
    `seen` are the accounts by which rows are found: an export has the shared ones, too.
    """

    def __init__(
        self,
        partner,
        users,
        accounts,
        shared=(),
        put_out=(),
        words=(),
        others=(),
        label="",
        is_export=False,
    ):
        self.partner, self.users = partner, users
        self.accounts, self.shared, self.put_out = accounts, shared, put_out
        self.words, self.others, self.label = words, others, label
        self.is_export = is_export
        self.seen = set(accounts) | set(shared) if is_export else set(accounts)

    def traces(self):
        """The words and ids to be found in texts, and taken out of them; see `rules.erasure`."""
        return Traces(self.label, self.words, self.seen, self.others)
