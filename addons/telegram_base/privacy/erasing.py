"""Takes a person out of the rows that holdings declare."""

from .holding import DELETED, GATEWAY, KEPT
from .rows import clean_texts, rows_of, write_columns


def erase_rows(env, person):
    """Erase or clean each holding's rows as its declaration says. env: as superuser, without
    tracking."""
    # found before anything is deleted: the rows that are deleted first may lead to others
    rows = [
        (holding, rows_of(env, person, holding))
        for holding in env["telegram.personal.data"]._personal_data()
        if holding.erasure not in (GATEWAY, KEPT)
    ]
    # the person's own record, which is shown first, is changed last: its change has further effects
    for holding, records in reversed(rows):
        records = records.exists()
        if not records:
            continue
        if holding.clean:
            holding.clean(person, records)
        elif holding.texts and not holding.about:
            clean_texts(person, records, *holding.texts)
        elif holding.erasure == DELETED:
            records.unlink()
        if holding.blanked:
            write_columns(records, dict.fromkeys(holding.blanked))
