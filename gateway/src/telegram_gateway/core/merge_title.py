"""The three-way merge of a group's title. Pure."""

from __future__ import annotations

from telegram_gateway.core.model import EditTitle, Plan, Policy, Title


def merge_title(title: Title, policy: Policy) -> Plan:
    """Decide about the three titles: the later change wins, by the school's policy; see
    docs/dev/contract.md. Nothing before the title was seen, or before the group was reviewed."""
    if title.seen is None or not policy.is_reviewed:
        return Plan()
    if title.wanted == title.seen:
        is_new = title.base != title.seen or title.reported is not None
        return Plan(title_base=title.seen if is_new else None)
    if title.base is None or title.seen == title.base:
        return Plan(steps=(EditTitle(title=title.wanted),))
    # Odoo took over the title that was reported, and somebody changed it once more meanwhile
    base = title.reported if title.reported == title.wanted else title.base
    if title.wanted != base:
        # changed on both sides: the school's word is the later one, since it was asked for now
        return Plan(steps=(EditTitle(title=title.wanted),), lost_title=title.seen)
    if policy.restore_title:
        return Plan(steps=(EditTitle(title=title.wanted),), restored_title=title.seen)
    if title.reported != title.seen:
        return Plan(report_title=title.seen)
    return Plan(steps=(EditTitle(title=title.wanted),)) if title.is_report_handled else Plan()
