"""Consequences of Telegram's errors: the one table that decides. Pure.

By the error's name, and by the method where it matters; by the number only if the name is unknown,
since sources give two numbers for some names. Names are written without numbers and places:
`FLOOD_WAIT_30` and `FLOOD_WAIT_X` are `FLOOD_WAIT`.
"""

from __future__ import annotations

import re
from enum import Enum


class Consequence(Enum):
    """Consequence of an error."""

    LOST = "lost"  # the login is gone until a person logs in again
    FROZEN = "frozen"  # the login lives and may change nothing until an appeal
    LIMITED = "limited"  # reported as spam: some things rest for days, everything else goes on
    FRESH = "fresh"  # too young to appoint admins: roles wait, everything else goes on
    WAIT = "wait"  # wait so many seconds, with that method and perhaps in that chat
    PASSING = "passing"  # tried again ever more seldom, as often as core/retry.py says
    DONE = "done"  # what was asked for is so already
    OVER = "over"  # the call is over
    PERSON = "person"  # concerns this person only: nobody else is held up
    LASTING = "lasting"  # the same, until a person changes something by hand
    GROUP = "group"  # the group, or our place in it, is gone: it is broken, people are told
    COMMAND = "command"  # this command is set aside with the error's name; a person may try again
    LOGIN = "login"  # shown to the person who is logging in
    OURS = "ours"  # we asked wrongly: the command fails with "internal"


_NAMES: dict[Consequence, str] = {
    Consequence.LOST: """
        AUTH_KEY_UNREGISTERED AUTH_KEY_INVALID AUTH_KEY_DUPLICATED SESSION_REVOKED SESSION_EXPIRED
        USER_DEACTIVATED USER_DEACTIVATED_BAN
    """,
    Consequence.FROZEN: "FROZEN_METHOD_INVALID FROZEN_PARTICIPANT_MISSING",
    Consequence.LIMITED: "PEER_FLOOD USER_RESTRICTED USER_BANNED_IN_CHANNEL",
    Consequence.FRESH: "FRESH_CHANGE_ADMINS_FORBIDDEN",
    Consequence.WAIT: """
        FLOOD_WAIT FLOOD_PREMIUM_WAIT FLOOD_TEST_PHONE_WAIT SLOWMODE_WAIT SLOW_MODE_WAIT
    """,
    Consequence.PASSING: """
        RPC_CALL_FAIL RPC_MCGET_FAIL INTERDC_CALL_ERROR INTERDC_CALL_RICH_ERROR TIMEOUT TIMED_OUT
        WORKER_BUSY_TOO_LONG_RETRY PERSISTENT_TIMESTAMP_OUTDATED HISTORY_GET_FAILED
        MEMBER_NO_LOCATION MSGID_DECREASE_RETRY NEED_CHAT_INVALID NEED_MEMBER_INVALID
        POSTPONED_TIMEOUT STORAGE_CHECK_FAILED STORE_INVALID_SCALAR_TYPE CREATE_CALL_FAILED
        INPUT_FETCH_FAIL CONNECTION_NOT_INITED AUTH_KEY_PERM_EMPTY SESSION_PASSWORD_NEEDED
        NETWORK_MIGRATE PHONE_MIGRATE USER_MIGRATE FILE_MIGRATE STATS_MIGRATE
        AUTH_KEY_UNSYNCHRONIZED MSG_WAIT_FAILED NEED_DOC_INVALID VOLUME_MOVE_INVALID
    """,
    Consequence.OVER: "GROUPCALL_ALREADY_DISCARDED GROUPCALL_FORBIDDEN GROUPCALL_INVALID",
    Consequence.PERSON: """
        INPUT_USER_DEACTIVATED USER_ID_INVALID PARTICIPANT_ID_INVALID PEER_ID_INVALID
        USER_IS_BLOCKED USER_IS_BOT USER_BOT USER_BLOCKED USER_KICKED YOU_BLOCKED_USER
        USER_CHANNELS_TOO_MUCH USER_NOT_MUTUAL_CONTACT USER_PRIVACY_RESTRICTED
        USER_NOT_PARTICIPANT USER_ALREADY_PARTICIPANT HIDE_REQUESTER_MISSING
        PRIVACY_PREMIUM_REQUIRED BUTTON_USER_PRIVACY_RESTRICTED ENTITY_MENTION_USER_INVALID
        VOICE_MESSAGES_FORBIDDEN PREMIUM_ACCOUNT_REQUIRED USERNAME_INVALID USERNAME_NOT_OCCUPIED
        CHAT_MEMBER_ADD_FAILED ALLOW_PAYMENT_REQUIRED
    """,
    Consequence.LASTING: "RIGHT_FORBIDDEN USER_ADMIN_INVALID USER_CREATOR ADMINS_TOO_MUCH",
    Consequence.GROUP: "CHANNEL_INVALID CHANNEL_PRIVATE CHAT_ADMIN_REQUIRED CHAT_FORBIDDEN",
    Consequence.COMMAND: """
        BOTS_TOO_MUCH BOT_CHANNELS_NA BOT_DOMAIN_INVALID BOT_GROUPS_BLOCKED BOT_INVALID
        BOT_PAYMENTS_DISABLED BOT_POLLS_DISABLED BROADCAST_PUBLIC_VOTERS_FORBIDDEN
        BUTTON_DATA_INVALID BUTTON_TYPE_INVALID BUTTON_URL_INVALID
        CHANNELS_ADMIN_LOCATED_TOO_MUCH CHANNELS_TOO_MUCH CHANNEL_PUBLIC_GROUP_NA
        CHANNEL_TOO_LARGE CHAT_ABOUT_TOO_LONG CHAT_ADMIN_INVITE_REQUIRED
        CHAT_FORWARDS_RESTRICTED CHAT_GUEST_SEND_FORBIDDEN CHAT_ID_INVALID CHAT_INVALID
        CHAT_LINK_EXISTS CHAT_NOT_MODIFIED CHAT_RESTRICTED CHAT_SEND_AUDIOS_FORBIDDEN
        CHAT_SEND_DOCS_FORBIDDEN CHAT_SEND_GIFS_FORBIDDEN CHAT_SEND_MEDIA_FORBIDDEN
        CHAT_SEND_PHOTOS_FORBIDDEN CHAT_SEND_PLAIN_FORBIDDEN CHAT_SEND_POLL_FORBIDDEN
        CHAT_SEND_STICKERS_FORBIDDEN CHAT_SEND_VIDEOS_FORBIDDEN CHAT_SEND_VOICES_FORBIDDEN
        CHAT_TITLE_EMPTY CHAT_WRITE_FORBIDDEN CURRENCY_TOTAL_AMOUNT_INVALID DOCUMENT_INVALID
        EMOTICON_INVALID ENCRYPTION_DECLINED ENTITIES_TOO_LONG ENTITY_BOUNDS_INVALID
        EXTERNAL_URL_INVALID FILE_PARTS_INVALID FILE_PART_EMPTY FILE_PART_INVALID
        FILE_PART_LENGTH_INVALID FILE_PART_MISSING FILE_REFERENCE_EMPTY FILE_REFERENCE_EXPIRED
        FROM_MESSAGE_BOT_DISABLED GAME_BOT_INVALID GROUPCALL_ALREADY_STARTED
        GROUPCALL_NOT_MODIFIED IMAGE_PROCESS_FAILED INLINE_BOT_REQUIRED INVITE_HASH_EMPTY
        INVITE_HASH_EXPIRED INVITE_HASH_INVALID MD5_CHECKSUM_INVALID MEDIA_CAPTION_TOO_LONG
        MEDIA_EMPTY MEDIA_GROUPED_INVALID MEDIA_INVALID MEDIA_NEW_INVALID MEDIA_PREV_INVALID
        MESSAGE_AUTHOR_REQUIRED MESSAGE_EDIT_TIME_EXPIRED MESSAGE_EMPTY MESSAGE_ID_INVALID
        MESSAGE_NOT_MODIFIED MESSAGE_TOO_LONG PARTICIPANTS_TOO_FEW PAYMENT_PROVIDER_INVALID
        PAYMENT_UNSUPPORTED PHOTO_EXT_INVALID PHOTO_INVALID_DIMENSIONS PHOTO_SAVE_FILE_INVALID
        PINNED_DIALOGS_TOO_MUCH QUERY_ID_INVALID RANDOM_ID_DUPLICATE REPLY_MARKUP_BUY_EMPTY
        REPLY_MARKUP_INVALID REPLY_MARKUP_TOO_LONG SEND_AS_PEER_INVALID TOPIC_CLOSED
        TOPIC_DELETED URL_INVALID USERS_TOO_MUCH VIDEO_CONTENT_TYPE_INVALID
        WC_CONVERT_URL_INVALID WEBDOCUMENT_MIME_INVALID WEBPAGE_CURL_FAILED WEBPAGE_MEDIA_EMPTY
        ACCESS_TOKEN_EXPIRED
        ADDRESS_INVALID ADMIN_RIGHTS_EMPTY BALANCE_TOO_LOW BOT_COMMANDS_TOO_MUCH BOT_GAMES_DISABLED
        BUTTON_COPY_TEXT_INVALID BUTTON_ID_INVALID BUTTON_POS_INVALID BUTTON_USER_INVALID
        CHANNEL_MONOFORUM_UNSUPPORTED CHAT_SEND_ROUNDVIDEOS_FORBIDDEN FORUM_ENABLED EXTENDED_MEDIA_AMOUNT_INVALID
        EXTENDED_MEDIA_EMPTY EXTENDED_MEDIA_INVALID FILE_PART_TOO_BIG INPUT_FILE_INVALID
        INVOICE_PAYLOAD_INVALID MEDIA_TTL_INVALID PEER_TYPES_INVALID PRICING_CHAT_INVALID
        QUICK_REPLIES_BOT_NOT_ALLOWED QUICK_REPLIES_TOO_MUCH QUOTE_TEXT_INVALID
        REPLY_MARKUP_GAME_EMPTY REPLY_MESSAGES_TOO_MUCH REPLY_MESSAGE_ID_INVALID REPLY_TO_INVALID
        REPLY_TO_MONOFORUM_PEER_INVALID REPLY_TO_USER_INVALID STARREF_EXPIRED STARS_INVOICE_INVALID
        STORIES_NEVER_CREATED STORY_ID_INVALID SUGGESTED_POST_AMOUNT_INVALID
        SUGGESTED_POST_PEER_INVALID TERMS_URL_INVALID TODO_ITEMS_EMPTY TODO_ITEM_DUPLICATE
        WEBPAGE_NOT_FOUND WEBPAGE_URL_INVALID
    """,
    Consequence.LOGIN: """
        ACCESS_TOKEN_INVALID API_ID_INVALID API_ID_PUBLISHED_FLOOD AUTH_RESTART
        AUTH_TOKEN_ALREADY_ACCEPTED AUTH_TOKEN_EXCEPTION AUTH_TOKEN_EXPIRED AUTH_TOKEN_INVALID
        AUTH_TOKEN_INVALIDX PASSWORD_HASH_INVALID PHONE_CODE_EMPTY PHONE_CODE_EXPIRED
        PHONE_CODE_HASH_EMPTY PHONE_CODE_INVALID PHONE_NUMBER_APP_SIGNUP_FORBIDDEN
        PHONE_NUMBER_BANNED PHONE_NUMBER_FLOOD PHONE_NUMBER_INVALID PHONE_NUMBER_UNOCCUPIED
        PHONE_PASSWORD_FLOOD PHONE_PASSWORD_PROTECTED SEND_CODE_UNAVAILABLE SIGN_IN_FAILED
        SMS_CODE_CREATE_FAILED SRP_ID_INVALID SRP_PASSWORD_CHANGED
        EMAIL_INSTALL_MISSING UPDATE_APP_TO_LOGIN
    """,
    Consequence.OURS: """
        ADMIN_RANK_EMOJI_NOT_ALLOWED ADMIN_RANK_INVALID BANNED_RIGHTS_INVALID
        BOT_COMMAND_DESCRIPTION_INVALID BOT_COMMAND_INVALID BOT_METHOD_INVALID CDN_METHOD_INVALID
        CONNECTION_API_ID_INVALID CONNECTION_APP_VERSION_EMPTY CONNECTION_LAYER_INVALID
        DATA_INVALID DATE_EMPTY EXPIRE_DATE_INVALID FOLDER_ID_INVALID INPUT_CONSTRUCTOR_INVALID
        INPUT_METHOD_INVALID INPUT_REQUEST_TOO_LONG LANG_CODE_INVALID MSG_ID_INVALID
        OFFSET_PEER_ID_INVALID PERSISTENT_TIMESTAMP_EMPTY PERSISTENT_TIMESTAMP_INVALID
        POLL_ANSWERS_INVALID POLL_ANSWER_INVALID POLL_OPTION_DUPLICATE POLL_OPTION_INVALID
        POLL_QUESTION_INVALID QUIZ_CORRECT_ANSWERS_EMPTY QUIZ_CORRECT_ANSWERS_TOO_MUCH
        QUIZ_CORRECT_ANSWER_INVALID QUIZ_MULTIPLE_INVALID RANGES_INVALID SCHEDULE_BOT_NOT_ALLOWED
        SCHEDULE_DATE_INVALID SCHEDULE_DATE_TOO_LATE SCHEDULE_STATUS_PRIVATE SCHEDULE_TOO_MUCH
        SEARCH_WITH_LINK_NOT_SUPPORTED TTL_MEDIA_INVALID UNTIL_DATE_INVALID USAGE_LIMIT_INVALID
        USER_BOT_REQUIRED
        BUSINESS_CONNECTION_INVALID BUSINESS_PEER_INVALID BUSINESS_PEER_USAGE_MISSING
        EFFECT_CHAT_INVALID EFFECT_ID_INVALID RANDOM_ID_EMPTY SUBSCRIPTION_EXPORT_MISSING
        SUBSCRIPTION_PERIOD_INVALID TAKEOUT_INVALID TTL_PERIOD_INVALID
    """,
}
# Names that mean "it is so already" as an answer to these methods, and to no other: taken so
# elsewhere, what was never done would count as done.
_DONE: dict[str, str] = {
    "CHAT_NOT_MODIFIED": """
        channels.editTitle channels.editAdmin channels.editBanned channels.deleteChannel
        channels.togglePreHistoryHidden messages.editChatDefaultBannedRights
    """,
    "MESSAGE_NOT_MODIFIED": "messages.editMessage",
    "HIDE_REQUESTER_MISSING": "messages.hideChatJoinRequest",
    "USER_ALREADY_PARTICIPANT": "messages.hideChatJoinRequest channels.inviteToChannel",
    "USER_NOT_PARTICIPANT": "channels.editBanned",
    "GROUPCALL_ALREADY_STARTED": "phone.startScheduledGroupCall",
    "GROUPCALL_NOT_MODIFIED": "phone.toggleGroupCallRecord phone.toggleGroupCallSettings",
    "RANDOM_ID_DUPLICATE": "messages.sendMessage messages.sendMedia",
}
# Methods that address no group: their errors say nothing of any of ours.
_OF_NO_GROUP = ("account.", "auth.", "bots.", "contacts.", "help.", "updates.", "upload.", "users.")
_NUMBER = re.compile(r"_(?:\d+|X|%D)(?=_|$)")
_SECONDS = re.compile(r"_(\d+)(?:_|$)")
_TABLE: dict[str, Consequence] = {
    name: consequence for consequence, names in _NAMES.items() for name in names.split()
}
_DONE_BY: dict[str, frozenset[str]] = {
    name: frozenset(methods.split()) for name, methods in _DONE.items()
}
#: A wait whose length Telegram does not say, and the longest one that is believed.
UNTOLD_WAIT_S = 60
LONGEST_WAIT_S = 30 * 86400
#: How often to try again what waits for an account to be old enough.
FRESH_S = 3600


def plain(name: str) -> str:
    """The name of an error without the number in it."""
    return _NUMBER.sub("", name.upper())


def is_known(name: str) -> bool:
    """Return whether the table has the name."""
    return plain(name) in _TABLE


def consequence(
    name: str, number: int = 400, method: str = "", *, is_bot: bool = False
) -> Consequence:
    """Return what follows from an error that a method ("messages.sendMessage") was answered with;
    `is_bot`: the bot asked."""
    bare = plain(name)
    if method in _DONE_BY.get(bare, ()):
        return Consequence.DONE
    if bare == "ACCESS_TOKEN_EXPIRED" and method.startswith("auth."):
        return Consequence.LOGIN
    if bare == "ACCESS_TOKEN_EXPIRED" and is_bot:
        return Consequence.LOST
    if bare == "SESSION_PASSWORD_NEEDED" and method.startswith("auth."):
        return Consequence.LOGIN
    by_name = _TABLE.get(bare)
    if by_name is Consequence.GROUP and method.startswith(_OF_NO_GROUP):
        return Consequence.COMMAND
    return by_name or _by_number(bare, number)


def _by_number(bare: str, number: int) -> Consequence:
    """For an unknown name. 401 and 406 concern the login only with names that the table has."""
    if bare.startswith("FROZEN_"):
        return Consequence.FROZEN
    if number == 420:
        return Consequence.WAIT
    if number < 0 or number >= 500 or number == 303:
        return Consequence.PASSING
    return Consequence.COMMAND


def wait_s(name: str, seconds: int | None = None) -> int:
    """The length of a wait: as given beside the name, or in it; at least a second."""
    in_name = _SECONDS.search(name)
    if seconds is None and in_name:
        seconds = int(in_name[1])
    if seconds is None:
        seconds = UNTOLD_WAIT_S
    return min(max(1, seconds), LONGEST_WAIT_S)
