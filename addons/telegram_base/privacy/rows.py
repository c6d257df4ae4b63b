"""Finds the rows that a holding declares, and writes columns of rows that are read-only
elsewhere."""

from odoo.osv import expression

from ..fields import BigInteger
from ..rules import erasure


def sql_search(env, model, where, *arguments):
    """Return records of `model`, as superuser, for which the SQL condition `where` (our own) holds.

    Includes archived rows and those that a field's own search would leave out. arguments: its
    values.
    """
    env["base"].flush()
    records = env[model].sudo()
    env.cr.execute('SELECT id FROM "%s" WHERE %s ORDER BY id' % (records._table, where), arguments)
    return records.browse([row[0] for row in env.cr.fetchall()])


def write_columns(records, values):
    """Write columns in SQL, past all guards of the rows: of a locked sheet only the name is
    removed."""
    names = sorted(values)
    records.env["base"].flush()
    records.env.cr.execute(
        'UPDATE "%s" SET %s WHERE id = ANY (%%s)'
        % (records._table, ", ".join('"%s" = %%s' % name for name in names)),
        [values[name] for name in names] + [records.ids],
    )
    records.invalidate_cache()


def rows_naming(person, records, *names):
    """Return the records that name the person in one of these text fields."""
    traces = person.traces()
    return records.filtered(
        lambda row: any(traces.text(row[name]) != row[name] for name in names if row[name])
    )


def rows_naming_in_json(person, records, *names):
    """Return the records that name the person in one of these fields, which hold JSON or plain
    text."""
    traces = person.traces()
    return records.filtered(
        lambda row: any(traces.json_text(row[name]) != row[name] for name in names if row[name])
    )


def clean_texts(person, records, *names):
    """Remove the person from these text fields; a field that becomes empty is set to NULL."""
    traces = person.traces()
    for record in records:
        write_columns(record, {name: traces.text(record[name]) or None for name in names})


def rows_of(env, person, holding):
    """Return the rows of a holding that are about the person, as superuser, archived ones too."""
    if holding.find:
        return holding.find(person)
    if holding.about:
        return _rows_about(env, person, holding)
    patterns = erasure.likely(person.words, person.seen)
    where = " OR ".join('"%s" ILIKE ANY (%%s)' % name for name in holding.texts)
    likely = sql_search(env, holding.model, where, *[patterns] * len(holding.texts))
    return rows_naming(person, likely, *holding.texts)


def _rows_about(env, person, holding):
    """Return the rows with one of the holding's `about` fields leading to the person."""
    model = env[holding.model].sudo().with_context(active_test=False)
    domains, theirs = [], {}
    for name in holding.about:
        field = model._fields[name]
        if isinstance(field, BigInteger):
            ids = sorted(person.seen)
        else:
            owner = field.comodel_name or model._name  # their own record, by its id
            ids = env["telegram.personal.data"]._personal_ids(person, owner)
            if owner != "res.users":
                theirs[name] = set(ids)
        domains.append([(name, "in", ids)])
    rows = model.search(expression.OR(domains), order="id")
    if not (person.is_export and theirs):
        return rows
    # an account that two people share leads to rows of both: the other's are not exported
    return rows.filtered(
        lambda row: any(
            not row[name] or ids & set(row.mapped(name).ids if name != "id" else row.ids)
            for name, ids in theirs.items()
        )
    )
