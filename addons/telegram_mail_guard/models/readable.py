"""Shared by the models with a field by whose search a record rule goes."""


def readable_ids(records, search):
    """Return the ids of those records that the user may read, by the name of the search method."""
    domain = getattr(records, search)("=", True)
    return set(records.sudo().search([("id", "in", records.ids)] + domain).ids)
