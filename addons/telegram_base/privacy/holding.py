"""The declaration of a model's personal data: once, for export, preview and erasure. Without
Odoo."""

from ..rules.erasure import Traces

#: Treatments of rows in an erasure.
DELETED = "deleted"
NAMELESS = "nameless"  # they stay, and name nobody any more
GATEWAY = "gateway"  # the gateway, which alone writes them, forgets the person
KEPT = "kept"


class Holding:
    """Rows of one model that are about people.

    title: their name for people. about: fields that lead to the person (to res.partner, to
    res.users, to another model of people, or with the id of a Telegram user; `id` if the row is the
    person's own record); rows are found by all of them together. shown: fields of the export, in
    their order. erasure: one of the constants above. blanked: fields that are emptied in rows that
    stay. texts: columns that may name the person; without `about` the rows are found by them, and
    the names are removed from them. why: a sentence about the data that stays, and its purpose.
    find: function that finds the rows instead: called with a `Person`, returns records. clean:
    function that removes the person from the rows instead of emptying fields: called with the
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
    """A person whose data is exported or erased.

    partner, users: as superuser, archived ones too. accounts: ids of the Telegram users that are
    theirs alone. shared: ids of those that stand for others, too. put_out: those of `accounts` that
    leave the groups. words: their names, addresses and numbers. others: names of other people that
    contain one of the words. label: the text in place of their name. `seen` are the accounts by
    which rows are found: an export includes the shared ones.
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
        """Return the words and ids to be found in texts, and removed from them; see
        `rules.erasure`."""
        return Traces(self.label, self.words, self.seen, self.others)
