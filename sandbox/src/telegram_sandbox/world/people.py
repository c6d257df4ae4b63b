"""Users and bots, their logins, and the hashes by which one account may address another."""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from telethon.tl import types

from ..errors import RpcError
from .profile import Profile


@dataclass(eq=False)
class User:
    """An account. `phone` has digits only, without "+"; bots have a `token` instead."""

    id: int
    first_name: str
    last_name: str | None = None
    phone: str | None = None
    username: str | None = None
    is_bot: bool = False
    token: str | None = None
    lang_code: str = "en"
    deleted: bool = False
    banned: bool = False  # every request is answered with USER_DEACTIVATED_BAN
    frozen_since: datetime | None = None  # it reads, and changes nothing until an appeal
    frozen_until: datetime | None = None  # then it is deleted, unless an appeal was granted
    appeal_url: str | None = None
    password: str | None = None  # the second factor, if any
    password_hint: str | None = None
    code_by: str = "app"  # how login codes are sent: a key of services/codes.py's WAYS
    email: str | None = None  # login e-mail
    dc_id: int | None = None  # the data centre where this account lives; None: whichever is asked
    about: str | None = None
    invitable: bool = True  # whether strangers may add this account to groups
    findable: bool = True  # whether strangers find this account by its phone number
    # of a bot: command → text, by language code
    commands: dict[str, dict[str, str]] = field(default_factory=dict)
    invitable_by_contacts: bool = True  # whether those in its address book may
    contacts: set[int] = field(default_factory=set)  # ids of the users in the address book

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part)


class People:
    """The part of the world about accounts; `World` is built on it.

    `authorizations` says which key is logged in as whom. `login_codes` holds the code that was
    last sent to a phone (digits only), until it is used. `logged_in_at`: when each key was logged
    in.
    """

    profile: Profile

    def __init__(self, seed: bytes | None = None) -> None:
        self._hash_key = seed or os.urandom(32)
        self.users: dict[int, User] = {}
        self.login_codes: dict[str, str] = {}
        self.authorizations: dict[int, int] = {}  # auth_key_id -> user id
        self.logged_in_at: dict[int, datetime] = {}  # by auth_key_id
        self._by_phone: dict[str, User] = {}
        self._by_token: dict[str, User] = {}
        self._next_user_id = 100_000_001

    def new_user_id(self) -> int:
        self._next_user_id += 1
        return self._next_user_id - 1

    def add_user(
        self,
        first_name: str,
        last_name: str | None = None,
        *,
        phone: str | None = None,
        username: str | None = None,
        lang_code: str = "en",
        password: str | None = None,
    ) -> User:
        """Register an account. `phone` may be written with "+" and spaces."""
        user = User(
            id=self.new_user_id(),
            first_name=first_name,
            last_name=last_name,
            phone=digits(phone) if phone else None,
            username=username,
            lang_code=lang_code,
            password=password,
        )
        if user.phone in self._by_phone:
            raise ValueError(f"phone {user.phone} is taken")
        self.users[user.id] = user
        if user.phone:
            self._by_phone[user.phone] = user
        return user

    def add_bot(self, first_name: str, *, username: str, token: str | None = None) -> User:
        user_id = self.new_user_id()
        token = token or f"{user_id}:{os.urandom(18).hex()[:35]}"
        bot = User(id=user_id, first_name=first_name, username=username, is_bot=True, token=token)
        if token in self._by_token:
            raise ValueError("this bot token is taken")
        self.users[bot.id] = bot
        self._by_token[token] = bot
        return bot

    def user_by_phone(self, phone: str) -> User | None:
        user = self._by_phone.get(digits(phone))
        return None if user is None or user.deleted else user

    def bot_by_token(self, token: str) -> User | None:
        return self._by_token.get(token)

    def user_by_username(self, username: str) -> User | None:
        wanted = username.lstrip("@").lower()
        for user in self.users.values():
            if user.username and user.username.lower() == wanted and not user.deleted:
                return user
        return None

    def access_hash(self, viewer_id: int, kind: str, peer_id: int) -> int:
        """The hash of a peer for one viewer: positive, below 2^63, the same each time.

        `kind` is "user", "channel", "call"…; whatever the world hands out by hash.
        """
        text = f"{viewer_id}/{kind}/{peer_id}".encode()
        digest = hmac.new(self._hash_key, text, sha256).digest()
        return int.from_bytes(digest[:8], "big") >> 1 or 1

    def user_for(self, viewer: User, user: User) -> types.User:
        """The user as the viewer sees it: the phone is shown to oneself and to contacts only."""
        if user.deleted:
            return types.User(
                id=user.id,
                deleted=True,
                access_hash=self.access_hash(viewer.id, "user", user.id),
            )
        is_self = viewer.id == user.id
        is_contact = user.id in viewer.contacts
        return types.User(
            id=user.id,
            is_self=is_self,
            contact=is_contact,
            mutual_contact=is_contact and viewer.id in user.contacts,
            bot=user.is_bot,
            bot_info_version=1 if user.is_bot else None,
            access_hash=self.access_hash(viewer.id, "user", user.id),
            first_name=user.first_name,
            last_name=user.last_name,
            username=user.username,
            phone=user.phone if is_self or is_contact else None,
            lang_code=user.lang_code if viewer.is_bot and not user.is_bot else None,
            status=None if user.is_bot else types.UserStatusRecently(),
        )

    def resolve_user(self, viewer: User, peer: object, *, is_lookup: bool = False) -> User:
        """The user meant by an `InputUser*` or `InputPeer*`. A wrong hash is refused, with
        USER_ID_INVALID or PEER_ID_INVALID. Bots may, as in Telegram, leave the hash 0 for users
        they have met; if the profile says so, the sandbox lets them do it for all users.
        `is_lookup`: for `users.getUsers`."""
        if isinstance(peer, (types.InputUserSelf, types.InputPeerSelf)):
            return viewer
        is_user = isinstance(peer, (types.InputUser, types.InputUserEmpty))
        refusal = RpcError(400, "USER_ID_INVALID" if is_user else "PEER_ID_INVALID")
        if not isinstance(peer, (types.InputUser, types.InputPeerUser)):
            raise refusal
        user = self.users.get(peer.user_id)
        if user is None:
            raise refusal
        right = self.access_hash(viewer.id, "user", user.id)
        free_in = ("everywhere", "lookups" if is_lookup else "acts")
        is_free = viewer.is_bot and self.profile.bots_without_hash in free_in
        if peer.access_hash != right and not (
            user is viewer or (is_free and peer.access_hash == 0)
        ):
            raise refusal
        return user


def digits(phone: str) -> str:
    """A phone number as Telegram keeps it: "+213 555-01" becomes "21355501"."""
    return "".join(character for character in phone if character.isdigit())
