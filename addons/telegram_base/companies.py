"""Work in the company of the record that it is about, whoever rang or whichever cron runs."""


def in_company(records, company):
    """Return the records in an environment of this company alone; as they are for an empty one."""
    if not company:
        return records
    # Odoo 14 warns of `force_company`, which Odoo 13 needs
    more = {} if hasattr(records, "with_company") else {"force_company": company.id}
    return records.with_context(allowed_company_ids=company.ids, **more)
