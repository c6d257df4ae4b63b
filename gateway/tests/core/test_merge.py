"""The three-way merge: the table of docs/dev/contract.md, and the laws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.decide import after_asked, after_happened, after_step
from telegram_gateway.core.latest_seen import after_seen
from telegram_gateway.core.merge import merge
from telegram_gateway.core.merge_title import merge_title
from telegram_gateway.core.model import (
    Approve,
    Ban,
    Cause,
    Decline,
    EditTitle,
    LiftBan,
    Member,
    MemberState,
    PartnerId,
    Plan,
    Policy,
    RemoveMember,
    Role,
    RosterEntry,
    RosterStatus,
    SeenStatus,
    SetRole,
    TgUserId,
    Title,
)

POLICY = Policy()
US = frozenset({TgUserId(1)})
IN, OUT, BANNED = RosterStatus.IN, RosterStatus.OUT, RosterStatus.BANNED


def entry(user=7, status=IN, role=Role.STUDENT, partner=70):
    users = frozenset({TgUserId(user)}) if user else frozenset()
    return RosterEntry(partner_id=PartnerId(partner), role=role, status=status, tg_user_ids=users)


def member(user=7, **fields):
    return Member(tg_user_id=TgUserId(user), partner_id=PartnerId(70), **fields)


@pytest.mark.parametrize("seen", [SeenStatus.BANNED, SeenStatus.OUT])
def test_put_back__the_ban_is_lifted_and_they_are_welcome(seen):
    row = member(
        seen_status=seen,
        base_status=IN,
        reported_status=str(seen),
        is_report_handled=True,
        state=MemberState.REMOVED,
    )
    kept = merge([entry()], [row], POLICY, US)
    assert not kept.steps and not kept.report
    wanted = replace(POLICY, put_back=frozenset({TgUserId(7)}))
    plan = merge([entry()], [row], wanted, US)
    assert [type(step) for step in plan.steps] == ([LiftBan] if seen is SeenStatus.BANNED else [])
    (after,) = plan.members
    # the wish was for once: what comes then is told of as ever
    again = merge([entry()], [replace(after, seen_status=SeenStatus.OUT)], POLICY, US)
    (last,) = again.members or plan.members
    assert not again.report and not again.steps and last.state is MemberState.WELCOME


@pytest.mark.parametrize("seen", [SeenStatus.BANNED, SeenStatus.OUT])
def test_enrolled_again_before_the_gateway_saw_that_they_were_not__welcome_anew(seen):
    """The roster says `in` each time that it is read, although it said `out` in between."""
    already_reported = {"reported_status": str(seen), "is_report_handled": True}
    row = member(seen_status=seen, base_status=IN, state=MemberState.LEFT, **already_reported)
    plan = merge([entry()], [replace(row, is_wanted_again=True)], POLICY, US)
    assert not plan.report
    if seen is SeenStatus.BANNED:
        assert [type(step) for step in plan.steps] == [LiftBan]
    else:
        assert [one.state for one in plan.members] == [MemberState.WELCOME]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("order", [1, -1])
def test_blocked_one_of_two_who_share_an_account__the_other_stays_in(role, order):
    roster = [entry(status=BANNED, partner=70), entry(status=IN, role=role, partner=71)][::order]
    row = member(seen_status=SeenStatus.IN, seen_role="member", base_status=IN)
    plan = merge(roster, [row], POLICY, US)
    assert not [step for step in plan.steps if isinstance(step, Ban | RemoveMember)]


@pytest.mark.parametrize("seen", [SeenStatus.BANNED, SeenStatus.REQUESTED])
def test_blocked_one_of_two__the_other_is_enrolled_and_comes_in(seen):
    roster = [entry(status=BANNED, partner=70), entry(status=IN, partner=71)]
    plan = merge(roster, [member(seen_status=seen, base_status=BANNED)], POLICY, US)
    assert [type(step) for step in plan.steps] == [
        LiftBan if seen is SeenStatus.BANNED else Approve
    ]


@pytest.mark.parametrize("other", [OUT, RosterStatus.UNDECIDED])
def test_blocked_one_of_two__banned_where_the_other_does_not_belong(other):
    roster = [entry(status=BANNED, partner=70), entry(status=other, partner=71)]
    row = member(seen_status=SeenStatus.IN, seen_role="member", base_status=IN)
    assert [type(step) for step in merge(roster, [row], POLICY, US).steps] == [Ban]


@pytest.mark.parametrize(
    ("roster", "row", "steps"),
    [
        pytest.param(IN, {"seen_status": SeenStatus.REQUESTED}, [Approve], id="asks: let in"),
        pytest.param(
            OUT,
            {"seen_status": SeenStatus.IN, "seen_role": "member", "base_status": IN},
            [RemoveMember],
            id="unenrolled: removed",
        ),
        pytest.param(
            OUT, {"seen_status": SeenStatus.IN, "seen_role": "member"}, [], id="first contact"
        ),
        pytest.param(
            BANNED,
            {"seen_status": SeenStatus.IN, "seen_role": "member", "base_status": IN},
            [Ban],
            id="blocked: banned",
        ),
        pytest.param(
            IN,
            {"seen_status": SeenStatus.BANNED, "base_status": BANNED},
            [LiftBan],
            id="unblocked: ban lifted",
        ),
        pytest.param(
            IN,
            {"seen_status": SeenStatus.BANNED, "state": MemberState.BANNED},
            [LiftBan],
            id="banned before they belonged: ban lifted",
        ),
        pytest.param(
            IN,
            {"seen_status": SeenStatus.BANNED, "state": MemberState.WELCOME},
            [],
            id="banned by an admin while invited: Odoo is asked first",
        ),
        pytest.param(IN, {"seen_status": SeenStatus.OUT}, [], id="welcome, never dragged in"),
        pytest.param(OUT, {"seen_status": SeenStatus.REQUESTED}, [], id="not enrolled and asks"),
        pytest.param(BANNED, {"seen_status": SeenStatus.OUT}, [Ban], id="blocked, and outside"),
        pytest.param(
            BANNED, {"seen_status": SeenStatus.REQUESTED}, [Decline, Ban], id="blocked, and asks"
        ),
        pytest.param(
            OUT,
            {"seen_status": SeenStatus.BANNED, "base_status": BANNED},
            [LiftBan],
            id="unblocked and not enrolled: ban lifted",
        ),
        pytest.param(
            OUT,
            {"seen_status": SeenStatus.BANNED, "base_status": IN},
            [],
            id="banned by an admin and unenrolled: stays banned",
        ),
        pytest.param(
            RosterStatus.UNDECIDED,
            {"seen_status": SeenStatus.IN, "seen_role": "member", "base_status": IN},
            [],
            id="somebody must decide",
        ),
        pytest.param(
            IN,
            {"seen_status": SeenStatus.OUT, "base_status": IN},
            [],
            id="left on the phone: Odoo is asked first",
        ),
    ],
)
def test_merge__steps(roster, row, steps):
    plan = merge([entry(status=roster)], [member(**row)], POLICY, US)
    assert [type(step) for step in plan.steps] == steps


def test_merge__left_on_the_phone_is_told_once_and_not_undone():
    left = member(seen_status=SeenStatus.OUT, base_status=IN)
    plan = merge([entry()], [left], POLICY, US)
    assert [kind for kind, _ in plan.report] == ["member_left"]
    assert not plan.steps
    reported_row = plan.report[0][1]
    again = merge([entry()], [reported_row], POLICY, US)
    assert not again.report and not again.steps


def test_merge__teacher_who_came_in_gets_the_role():
    row = member(seen_status=SeenStatus.IN, seen_role="member")
    plan = merge([entry(role=Role.TEACHER)], [row], POLICY, US)
    assert plan.steps == (SetRole(tg_user_id=TgUserId(7), role=Role.TEACHER),)


def test_merge__too_many_removals_wait_for_a_person():
    rows = [
        member(user, seen_status=SeenStatus.IN, seen_role="member", base_status=IN)
        for user in range(10, 30)
    ]
    roster = [entry(user, OUT, partner=70) for user in range(10, 30)]
    plan = merge(roster, rows, POLICY, US)
    assert not plan.steps
    assert len(plan.held) == 20


def test_merge_title__changed_on_telegram_is_told():
    title = Title(wanted="A", base="A", seen="B")
    assert merge_title(title, POLICY).report_title == "B"
    assert merge_title(title, Policy(restore_title=True)).steps == (EditTitle(title="A"),)


def test_merge_title__changed_in_odoo_is_done():
    assert merge_title(Title(wanted="B", base="A", seen="A"), POLICY).steps == (
        EditTitle(title="B"),
    )


users = st.integers(min_value=1, max_value=6)
rows_strategy = st.builds(
    member,
    users,
    seen_status=st.sampled_from([None, *SeenStatus]),
    seen_role=st.sampled_from(["member", "admin", "creator"]),
    base_status=st.sampled_from([None, IN, OUT, BANNED]),
    base_role=st.sampled_from([None, *Role]),
    reported_status=st.sampled_from([None, "in", "out", "role"]),
    is_report_handled=st.booleans(),
    is_bot=st.booleans(),
    is_deleted=st.booleans(),
)
members = st.lists(rows_strategy, max_size=6, unique_by=lambda row: row.tg_user_id)
rosters = st.lists(
    st.builds(
        entry,
        users,
        st.sampled_from(RosterStatus),
        st.sampled_from(Role),
        st.integers(min_value=70, max_value=76),
    ),
    max_size=6,
    unique_by=lambda one: one.partner_id,
)


@given(rosters, members)
def test_merge_never_touches_bots_deleted_accounts_or_us(roster, rows):
    plan = merge(roster, rows, POLICY, US)
    spared = {row.tg_user_id for row in rows if row.is_bot or row.is_deleted} | US
    assert not spared & {step.tg_user_id for step in (*plan.steps, *plan.held)}


@given(rosters, members)
def test_merge_does_not_depend_on_the_order_of_rows(roster, rows):
    there = merge(roster, rows, POLICY, US)
    back = merge(roster[::-1], rows[::-1], POLICY, US)
    assert there == back


# --- removals that wait for a person ---------------------------------------------------------


def many_out(count=6):
    roster = [entry(user=user, status=OUT, partner=user * 10) for user in range(10, 10 + count)]
    rows = [
        Member(
            tg_user_id=TgUserId(user),
            partner_id=PartnerId(user * 10),
            seen_status=SeenStatus.IN,
            seen_role="member",
            base_status=IN,
            base_role=Role.STUDENT,
            state=MemberState.IN,
        )
        for user in range(10, 10 + count)
    ]
    return roster, rows


def test_held__marked_and_told_once():
    roster, rows = many_out()
    first = merge(roster, rows, POLICY, US)
    assert first.steps == ()
    assert {row.state for row in first.members} == {MemberState.HELD}
    assert len(first.members) == len(first.held) == 6
    assert first.is_held_news
    again = merge(roster, first.members, POLICY, US)
    assert (again.steps, again.members, again.is_held_news) == ((), (), False)


def test_held__removed_once_a_person_agreed():
    roster, rows = many_out()
    held = merge(roster, rows, POLICY, US).members
    allowed = frozenset(row.tg_user_id for row in held)
    plan = merge(roster, held, Policy(allowed=allowed), US)
    assert {type(step) for step in plan.steps} == {RemoveMember}
    assert len(plan.steps) == 6
    done = [
        after_step(row, step)
        for row, step in zip(sorted(held, key=lambda one: one.tg_user_id), plan.steps, strict=True)
    ]
    settled = merge(roster, done, POLICY, US)
    assert settled.steps == ()
    assert {row.state for row in settled.members or done} == {MemberState.REMOVED}


def test_held__enrolled_again_before_the_word_was_given():
    roster, rows = many_out()
    held = merge(roster, rows, POLICY, US).members
    back = [
        RosterEntry(
            partner_id=one.partner_id, role=one.role, status=IN, tg_user_ids=one.tg_user_ids
        )
        for one in roster
    ]
    plan = merge(back, held, POLICY, US)
    assert (plan.steps, plan.held) == ((), ())
    assert {row.state for row in plan.members} == {MemberState.IN}


def test_held__agreeing_removes_nobody_whom_the_roster_has():
    _, rows = many_out()
    plan = merge([], rows, Policy(allowed="all"), US)
    assert plan.steps == ()


# --- a title that is not taken over ------------------------------------------------------------


def test_title__restored_with_a_word():
    title = Title(wanted="3A", base="3A", seen="Foot")
    plan = merge_title(title, Policy(restore_title=True))
    assert (plan.steps, plan.restored_title) == ((EditTitle(title="3A"),), "Foot")


def test_title__the_schools_own_renaming_is_no_restoring():
    title = Title(wanted="4A", base="3A", seen="Foot")
    assert merge_title(title, Policy(restore_title=True)).restored_title is None


def test_banned_by_an_admin_and_enrolled_again__the_ban_is_lifted():
    """Removed with a ban, unenrolled because of it; then a person undoes the unenrolment."""
    row = member(seen_status=SeenStatus.BANNED, base_status=IN, state=MemberState.IN)
    [(kind, reported_row)] = merge([entry()], [row], POLICY, US).report
    assert kind == "member_removed"
    [unenrolled] = merge([entry(status=OUT)], [reported_row], POLICY, US).members
    plan = merge([entry()], [unenrolled], POLICY, US)
    assert plan.steps == (LiftBan(tg_user_id=TgUserId(7)),)


# --- guests about whom a person decided ----------------------------------------------------------


def guest(status, user=7, by_rule=False):
    return RosterEntry(
        partner_id=None,
        role=Role.STUDENT,
        status=status,
        tg_user_ids=frozenset({TgUserId(user)}),
        by_rule=by_rule,
    )


@pytest.mark.parametrize(
    ("decision", "seen", "steps"),
    [
        pytest.param(IN, SeenStatus.REQUESTED, [Approve], id="let in"),
        pytest.param(IN, SeenStatus.IN, [], id="let in, and is"),
        pytest.param(IN, SeenStatus.BANNED, [LiftBan], id="let in after a ban"),
        pytest.param(OUT, SeenStatus.IN, [RemoveMember], id="remove"),
        pytest.param(OUT, SeenStatus.REQUESTED, [Decline], id="turn down"),
        pytest.param(BANNED, SeenStatus.IN, [Ban], id="ban"),
        pytest.param(BANNED, SeenStatus.REQUESTED, [Decline, Ban], id="turn down and ban"),
    ],
)
def test_guest(decision, seen, steps):
    row = Member(tg_user_id=TgUserId(7), seen_status=seen)
    plan = merge([guest(decision)], [row], POLICY, US)
    assert [type(step) for step in plan.steps] == steps
    assert plan.report == ()


def test_guest__the_roster_is_stronger():
    """Who was let in as a guest and is enrolled later is a student; a ban stays a ban."""
    row = member(seen_status=SeenStatus.IN, seen_role="member")
    assert merge([guest(OUT), entry()], [row], POLICY, US).steps == ()
    banned = merge([guest(IN), entry(status=BANNED)], [row], POLICY, US)
    assert [type(step) for step in banned.steps] == [Ban]


STRANGER = guest(OUT, by_rule=True)


def test_stranger__told_of_once_and_put_out_when_odoo_has_answered():
    row = Member(tg_user_id=TgUserId(7), seen_status=SeenStatus.IN, seen_role="member")
    [(kind, reported_row)] = merge([], [row], POLICY, US).report
    assert kind == "member_joined"
    # the row is there before the fact counts as handled: one transaction writes both
    assert merge([STRANGER], [reported_row], POLICY, US).steps == ()
    plan = merge([STRANGER], [replace(reported_row, is_report_handled=True)], POLICY, US)
    assert (plan.steps, plan.report) == ((RemoveMember(tg_user_id=TgUserId(7)),), ())


def test_stranger__the_guard_counts_them():
    rows = [
        Member(
            tg_user_id=TgUserId(user),
            seen_status=SeenStatus.IN,
            seen_role="member",
            reported_status="in",
            is_report_handled=True,
        )
        for user in range(10, 18)
    ]
    plan = merge([guest(OUT, row.tg_user_id, by_rule=True) for row in rows], rows, POLICY, US)
    assert (plan.steps, len(plan.held)) == ((), 8)


def test_stranger__who_is_back_is_told_of_anew():
    row = Member(tg_user_id=TgUserId(7), seen_status=SeenStatus.OUT, state=MemberState.REMOVED)
    [settled] = merge([STRANGER], [row], POLICY, US).members
    back = replace(settled, seen_status=SeenStatus.IN, seen_role="member")
    [(kind, reported_row)] = merge([STRANGER], [back], POLICY, US).report
    assert kind == "member_joined"
    # a teacher let them in this time: Odoo has taken its word back
    plan = merge([], [replace(reported_row, is_report_handled=True)], POLICY, US)
    assert (plan.steps, plan.report) == ((), ())


def test_stranger__who_asks_to_be_let_in_waits_for_a_persons_word():
    row = Member(tg_user_id=TgUserId(7), seen_status=SeenStatus.REQUESTED)
    [(kind, reported_row)] = merge([STRANGER], [row], POLICY, US).report
    assert kind == "request_waiting"
    assert (
        merge([STRANGER], [replace(reported_row, is_report_handled=True)], POLICY, US).steps == ()
    )
    # then somebody decides: as about any guest
    decided = merge([guest(OUT)], [replace(reported_row, is_report_handled=True)], POLICY, US)
    assert [type(step) for step in decided.steps] == [Decline]


def test_guest__a_former_student_may_stay_as_a_guest():
    row = member(seen_status=SeenStatus.IN, seen_role="member", base_status=IN)
    plan = merge([guest(IN), entry(status=OUT)], [row], POLICY, US)
    assert (plan.steps, plan.report, plan.members[0].state) == ((), (), MemberState.GUEST)


# --- an account that is its partner's no more -----------------------------------------------------


@pytest.mark.parametrize(
    ("status", "other_account", "steps"),
    [
        pytest.param(IN, None, [], id="unlinked: nobody is removed because of it"),
        pytest.param(IN, 8, [RemoveMember], id="linked to another account: the old one leaves"),
        pytest.param(OUT, None, [RemoveMember], id="unlinked, then unenrolled"),
        pytest.param(BANNED, None, [Ban], id="unlinked, then blocked"),
        pytest.param(RosterStatus.UNDECIDED, None, [], id="unlinked, and somebody must decide"),
    ],
)
def test_unlinked(status, other_account, steps):
    row = member(seen_status=SeenStatus.IN, seen_role="member", base_status=IN)
    plan = merge([entry(other_account, status)], [row], POLICY, US)
    assert [type(step) for step in plan.steps if step.tg_user_id == 7] == steps


@pytest.mark.parametrize("status", [IN, OUT, BANNED, RosterStatus.UNDECIDED])
@pytest.mark.parametrize("other_account", [None, 8])
@pytest.mark.parametrize("seen", [SeenStatus.OUT, SeenStatus.REQUESTED, SeenStatus.BANNED])
def test_unlinked__not_in_the_group__is_nobody(status, other_account, seen):
    row = member(seen_status=seen, base_status=IN)
    plan = merge([entry(other_account, status)], [row], POLICY, US)
    assert [step for step in plan.steps if step.tg_user_id == 7] == []


# --- a group that was there before ----------------------------------------------------------------


entries = st.lists(
    st.one_of(
        st.builds(
            entry,
            st.one_of(users, st.none()),
            st.sampled_from(RosterStatus),
            st.sampled_from(Role),
            st.integers(min_value=70, max_value=76),
        ),
        st.builds(guest, st.sampled_from([IN, OUT, BANNED]), users),
        st.builds(guest, st.just(OUT), users, st.just(True)),
    ),
    max_size=6,
    unique_by=lambda one: (one.partner_id, one.partner_id is None and one.tg_user_ids),
)


@given(entries, members)
def test_not_reviewed__nobody_is_removed_demoted_or_told_of(roster, rows):
    plan = merge(roster, rows, Policy(is_reviewed=False, allowed="all"), US)
    assert {type(step) for step in plan.steps} <= {Approve}
    assert (plan.report, plan.held) == ((), ())
    reported_before = {row.tg_user_id: row.reported_status for row in rows}
    for row in plan.members:
        assert row.reported_status in (None, reported_before.get(row.tg_user_id))


def test_not_reviewed__what_was_not_told_is_told_after_the_review():
    row = Member(tg_user_id=TgUserId(9), seen_status=SeenStatus.IN, seen_role="member")
    before = merge([], [row], Policy(is_reviewed=False), US)
    assert [one.state for one in before.members] == [MemberState.GUEST]
    after = merge([], before.members, POLICY, US)
    assert [kind for kind, _ in after.report] == ["member_joined"]


def test_not_reviewed__the_title_stays():
    title = Title(wanted="3A", base=None, seen="Les amis de 3A")
    assert merge_title(title, Policy(is_reviewed=False)) == Plan()
    assert merge_title(title, POLICY).steps == (EditTitle(title="3A"),)


# --- laws -----------------------------------------------------------------------------------------

FREELY = Policy(most_removals=99)


def play_out(roster, rows, policy=FREELY):
    """Run until nothing is to be done or told, with an Odoo that hears everything and changes
    nothing; the rows by user."""
    # what was told before is heard, too
    state = {row.tg_user_id: replace(row, is_report_handled=True) for row in rows}
    for _ in range(8):
        plan = merge(roster, list(state.values()), policy, US)
        if not plan.steps and not plan.report:
            return {**state, **{row.tg_user_id: row for row in plan.members if row.tg_user_id}}
        state |= {row.tg_user_id: row for row in plan.members if row.tg_user_id}
        state |= {row.tg_user_id: replace(row, is_report_handled=True) for _, row in plan.report}
        for step in plan.steps:
            row = state.get(step.tg_user_id) or Member(tg_user_id=step.tg_user_id)
            state[step.tg_user_id] = after_step(row, step)
    raise AssertionError("does not come to rest")


def said_of(roster, user):
    """What is said of a Telegram user, the strongest first: roster rows, then a person's word."""
    order = [IN, BANNED, RosterStatus.UNDECIDED, OUT]
    mine = [one for one in roster if user in one.tg_user_ids]
    known = [one for one in mine if one.partner_id is not None]
    known = sorted(known, key=lambda one: order.index(one.status))
    if known and known[0].status is not OUT:
        return known[0]
    return next((one for one in mine if one.partner_id is None), known[0] if known else None)


def is_ours_to_change(row):
    return not (row.is_bot or row.is_deleted or row.tg_user_id in US)


def agrees(listed, row):
    """Whether Telegram is as the school says; who was invited and has not come is waiting."""
    if listed.status is BANNED:
        return row.seen_status is SeenStatus.BANNED
    if listed.status is OUT:
        # an open request is answered by who decides; a ban of an admin stays
        return row.seen_status is not SeenStatus.IN
    if listed.status is IN and row.seen_status is SeenStatus.IN and listed.partner_id is not None:
        should = listed.role is not Role.STUDENT
        return row.seen_role == "creator" or (row.seen_role == "admin") == should
    if listed.status is IN and row.seen_status is SeenStatus.BANNED:
        # an admin of the group banned them, Odoo was told and left it so
        return row.reported_status == "banned"
    return listed.status is not IN or row.seen_status is not SeenStatus.REQUESTED


@given(entries, members)
def test_after_a_run_both_sides_agree(roster, rows):
    for user, row in play_out(roster, rows).items():
        said = said_of(roster, user)
        if said is not None and is_ours_to_change(row):
            assert agrees(said, row), (said, row)


@given(entries, members)
def test_a_second_run_does_nothing(roster, rows):
    settled = list(play_out(roster, rows).values())
    plan = merge(roster, settled, FREELY, US)
    assert (plan.steps, plan.report, plan.held) == ((), (), ())
    stored = [row for row in plan.members if row.tg_user_id is not None]
    assert stored == [] or stored == [row for row in settled if row in stored]


@given(entries, members)
def test_only_out_banned_or_a_persons_word_removes_somebody(roster, rows):
    by_user = {row.tg_user_id: row for row in rows}
    for step in (lambda plan: (*plan.steps, *plan.held))(merge(roster, rows, FREELY, US)):
        if not isinstance(step, RemoveMember | Ban):
            continue
        listed = said_of(roster, step.tg_user_id)
        if listed is None:  # not linked any more: the partner's row, or another account of theirs
            partner = by_user[step.tg_user_id].partner_id
            listed = next(one for one in roster if one.partner_id == partner)
            assert listed.status in (OUT, BANNED) or listed.tg_user_ids
        else:
            assert listed.status in (OUT, BANNED)
        assert step.tg_user_id not in US


@given(members, st.sets(users))
def test_a_list_that_lacks_people_unenrols_nobody(rows, missing):
    """Absence from a list changes no row, so nobody is told to have left."""
    agreed = [
        replace(row, seen_status=SeenStatus.IN, base_status=IN, is_bot=False, is_deleted=False)
        for row in rows
    ]
    roster = [entry(row.tg_user_id, partner=70 + row.tg_user_id) for row in agreed]
    noted = [
        row if row.tg_user_id in missing else after_seen(row, SeenStatus.IN, "member", Cause())
        for row in agreed
    ]
    gone = {"member_left", "member_removed"}
    assert not gone & {kind for kind, _ in merge(roster, noted, POLICY, US).report}


@given(rosters, members, users)
def test_changes_to_one_person_do_not_concern_another(roster, rows, user):
    """Where two roster rows and two accounts have nobody in common, each is decided alone."""

    def steps_of(some_roster, some_rows):
        plan = merge(some_roster, some_rows, FREELY, US)
        return [step for step in plan.steps if step.tg_user_id == user]

    mine = [one for one in roster if user in one.tg_user_ids]
    row = [replace(one, partner_id=None) for one in rows if one.tg_user_id == user]
    others = [replace(one, partner_id=None) for one in rows if one.tg_user_id != user]
    assert steps_of(mine, row) == steps_of(roster, [*row, *others])


@given(entries, members)
def test_plan_order_is_bans_then_approvals_then_removals_then_roles(roster, rows):
    """A refused or awaited role holds up nobody: everything else was done before."""
    places = {Ban: 0, Approve: 1, LiftBan: 1, RemoveMember: 2, SetRole: 3}
    steps = merge(roster, rows, FREELY, US).steps
    order = [places[type(step)] for step in steps if not isinstance(step, Decline)]
    assert order == sorted(order)


@given(entries, members, users)
def test_nothing_is_decided_while_a_removal_is_not_seen(roster, rows, user):
    removing = member(user, seen_status=SeenStatus.IN, base_status=IN, state=MemberState.REMOVING)
    others = [row for row in rows if row.tg_user_id != user]
    plan = merge(roster, [*others, removing], FREELY, US)
    assert user not in {step.tg_user_id for step in (*plan.steps, *plan.held)}
    assert user not in {row.tg_user_id for _, row in plan.report}


def test_removal_seen_after_they_were_enrolled_again__welcome_anew():
    """Nobody is told to have left whom we have removed."""
    removing = after_asked(
        member(seen_status=SeenStatus.IN, base_status=IN, base_role=Role.STUDENT)
    )
    seen = after_seen(removing, SeenStatus.OUT, None, Cause())
    gone = after_happened(seen, RemoveMember(tg_user_id=TgUserId(7)))
    plan = merge([entry()], [gone], POLICY, US)
    assert (plan.steps, plan.report) == ((), ())
    assert [row.state for row in plan.members] == [MemberState.WELCOME]


# --- refused by Telegram ------------------------------------------------------------------------


def refused(**fields):
    """A student whom the group's owner made an admin: the bot may not take it back."""
    return member(
        **{
            "seen_status": SeenStatus.IN,
            "seen_role": "admin",
            "base_status": IN,
            "base_role": Role.STUDENT,
            "reported_status": "role",
            "is_report_handled": True,
            "state": MemberState.FAILED,
            "error_code": "RIGHT_FORBIDDEN",
            "refused": "SetRole:student",
            **fields,
        }
    )


def test_refused__not_tried_again():
    assert merge([entry()], [refused()], POLICY, US) == Plan()


def test_refused__tried_again_when_a_person_asks():
    plan = merge([entry()], [refused()], Policy(retry=True), US)
    assert plan.steps == (SetRole(tg_user_id=TgUserId(7), role=Role.STUDENT),)


def test_refused__another_step_is_tried():
    plan = merge([entry(status=OUT)], [refused()], POLICY, US)
    assert plan.steps == (RemoveMember(tg_user_id=TgUserId(7)),)


def test_refused__forgotten_once_it_is_settled_on_telegram():
    [row] = merge([entry()], [refused(seen_role="member")], POLICY, US).members
    assert (row.state, row.refused, row.error_code) == (MemberState.IN, None, None)


# --- deleted accounts -----------------------------------------------------------------------------


def test_deleted_account__counts_as_nobody():
    row = member(seen_status=SeenStatus.IN, base_status=IN, state=MemberState.IN, is_deleted=True)
    plan = merge([entry()], [row], POLICY, US)
    [gone] = plan.members
    assert (gone.state, gone.base_status, plan.steps, plan.report) == (None, None, (), ())
    assert merge([entry()], [gone], POLICY, US) == Plan()


# --- coming and going -----------------------------------------------------------------------------


def test_request_of_somebody_who_stays_out__declined_once_odoo_has_answered():
    asks = member(seen_status=SeenStatus.REQUESTED, base_status=OUT)
    [(kind, reported_row)] = merge([entry(status=OUT)], [asks], POLICY, US).report
    assert kind == "request_waiting"
    assert merge([entry(status=OUT)], [reported_row], POLICY, US) == Plan()
    answered = replace(reported_row, is_report_handled=True)
    plan = merge([entry(status=OUT)], [answered], POLICY, US)
    assert plan.steps == (Decline(tg_user_id=TgUserId(7)),)


def test_removed_by_a_ban_that_is_lifted__told_once():
    row = member(seen_status=SeenStatus.BANNED, base_status=IN, state=MemberState.IN)
    [(kind, reported_row)] = merge([entry()], [row], POLICY, US).report
    assert kind == "member_removed"
    lifted = replace(reported_row, seen_status=SeenStatus.OUT)
    plan = merge([entry()], [lifted], POLICY, US)
    assert (plan.report, plan.steps) == ((), ())


# --- the title, changed more than once ------------------------------------------------------------


def test_title__changed_again_before_odoo_took_the_first_over():
    """A → B was told and is the classroom's name now; on Telegram it is C already."""
    title = Title(wanted="B", base="A", seen="C", reported="B", is_report_handled=True)
    assert merge_title(title, POLICY).report_title == "C"


def test_title__changed_again_before_odoo_answered():
    title = Title(wanted="A", base="A", seen="C", reported="B")
    assert merge_title(title, POLICY).report_title == "C"


def test_title__refused_by_odoo_is_set_back():
    title = Title(wanted="A", base="A", seen="B", reported="B", is_report_handled=True)
    assert merge_title(title, POLICY).steps == (EditTitle(title="A"),)


def test_title__changed_on_both_sides_the_schools_holds():
    plan = merge_title(Title(wanted="4A", base="3A", seen="Foot"), POLICY)
    assert (plan.steps, plan.lost_title) == ((EditTitle(title="4A"),), "Foot")


@pytest.mark.parametrize(
    ("title", "is_settled"),
    [
        (Title(wanted="A", base="A", seen="A"), True),
        (Title(wanted="A", base=None, seen=None), True),
        (Title(wanted="A", base="A", seen="B"), False),
        (Title(wanted="B", base="A", seen="A"), False),
        (Title(wanted="A", base=None, seen="A"), False),
        (Title(wanted="A", base="A", seen="A", reported="A"), False),
    ],
)
def test_merge_title__nothing_follows_from_settled_titles_alone(title, is_settled):
    assert title.is_settled is is_settled
    assert (merge_title(title, POLICY) == Plan()) is is_settled
