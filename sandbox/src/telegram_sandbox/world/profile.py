"""Strictness of this Telegram: limits that the real one has without publishing the numbers."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The parameters. Seconds unless the name says otherwise; None switches a limit off."""

    # Groups
    group_creations_per_day: int | None = 20  # more: FLOOD_WAIT until the day is over
    channels_per_account: int = 500
    # FRESH_CHANGE_ADMINS_FORBIDDEN: a login younger than this appoints no admins; nor does one who
    # was made an admin of the group less long ago than the second
    fresh_login_s: int | None = None
    fresh_admin_s: int | None = None
    fresh_code: int = 400  # or 406: sources differ
    frozen_code: int = 420  # FROZEN_METHOD_INVALID; or 406
    admins_per_channel: int = 50
    list_cut: int = 10_000  # getParticipants shows no more, and says nothing of it
    participants_page: int = 200
    members_hidden_from: int = 100  # so many members a group needs before it may hide them
    history_hidden: bool = False  # new groups hide what was said before one joined
    leave_messages_up_to: int = 50  # members; above it, no service message about leaving
    join_messages_up_to: int = 10_000
    # Where a bot finds the update of a member whom it changed itself: in the "answer", "pushed"
    # after it, or "missed" until it asks for the difference
    own_members: str = "answer"

    # People
    adds_before_peer_flood: int | None = 50  # strangers added directly, and strangers written to
    peer_flood_s: int = 3 * 86_400
    import_contacts_found_per_day: int | None = 5  # further ones come back as `retry_contacts`
    import_contacts_wait_s: int = 3_600  # FLOOD_WAIT once the quota is used up three times over
    unknown_numbers_told: bool = True  # importContacts names them among the `popular_invites`
    resolves_per_day: int | None = 200
    name_updates: bool = True  # others are told of a new name, or of an account that is deleted
    # Where a bot may leave the access hash out: "everywhere" (as TDLib does); in "lookups" alone
    # (users.getUsers, channels.getChannels: all that Telethon knows of); or, of people, where
    # something is done, while getUsers shows nobody ("acts")
    bots_without_hash: str = "everywhere"
    requester_write_s: int = 300  # how long a bot may write to somebody who asked to join

    # Messages
    bot_messages_per_group_per_minute: int | None = 20
    bot_messages_per_second: int | None = 30
    random_id_window_s: int | None = None  # None: a repeated random_id is known for ever
    edit_window_s: int = 48 * 3_600
    button_answer_s: int = 10  # how long a phone waits for the bot to answer a button

    # Calls
    call_ends_when_empty_s: int | None = 1_800  # counted from the last person's leaving
    call_ping_timeout_s: int | None = None  # who does not checkGroupCall for so long has left
    call_random_id_is_known: bool = False  # createGroupCall again with the same random_id
    call_title_refused: bool = False  # longer titles are refused, not cut: nobody documents which
    live_story_is_the_call: bool = False  # a live story is named as the group's call, too
    call_page: int = 100
    admin_log_s: int = 48 * 3_600

    def but(self, **changes: object) -> Profile:
        """A copy with some parameters changed; an unknown name raises `ValueError`."""
        unknown = set(changes) - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"unknown profile parameter: {', '.join(sorted(unknown))}")
        return replace(self, **changes)  # type: ignore[arg-type]


PROFILES = {
    "default": Profile(),
    # No limits where they are not the point: demonstrations, most end-to-end tests.
    "generous": Profile(
        group_creations_per_day=None,
        members_hidden_from=0,
        adds_before_peer_flood=None,
        import_contacts_found_per_day=None,
        resolves_per_day=None,
        bot_messages_per_group_per_minute=None,
        bot_messages_per_second=None,
    ),
    # What a young account meets.
    "strict": Profile(
        group_creations_per_day=10,
        adds_before_peer_flood=20,
        import_contacts_found_per_day=2,
        resolves_per_day=50,
    ),
}
