"""Guards against doing too much at once. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from telegram_gateway.core.model import Ban, Member, Policy, RemoveMember, SeenStatus, Step


def hold_back_removals(
    steps: Sequence[Step], members: Sequence[Member], policy: Policy
) -> tuple[list[Step], list[RemoveMember | Ban]]:
    """(steps to do, removals held back until a person says so).

    At most `most_removals` people or `most_removals_percent` of the group, whichever is more,
    leave in one run; beyond that not one of them does, since a run of that size is probably a
    mistake. Banning someone who is not in the group removes nobody, and whom a person agreed to
    (`policy.allowed`) does not count.
    """
    present = {m.tg_user_id for m in members if m.seen_status is SeenStatus.IN}
    removals = [
        step
        for step in steps
        if isinstance(step, RemoveMember | Ban)
        and step.tg_user_id in present
        and not (policy.allowed == "all" or step.tg_user_id in policy.allowed)
    ]
    most = max(policy.most_removals, len(present) * policy.most_removals_percent // 100)
    if len(removals) <= most:
        return list(steps), []
    return [step for step in steps if step not in removals], list(removals)
