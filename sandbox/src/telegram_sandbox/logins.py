"""Logins that are under way: codes sent, tokens shown as QR, passwords asked for."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass

from .errors import RpcError
from .srp import SrpChallenge
from .world.people import User, digits

CODE_LIFETIME_S = 300
TOKEN_LIFETIME_S = 30
CODE_LENGTH = 5


@dataclass
class SentCode:
    phone: str
    code: str
    expires_at: float
    by_email: bool = False


@dataclass
class LoginToken:
    """`auth_key_id`: the key that wants to be logged in. `user_id`: who accepted it."""

    token: bytes
    auth_key_id: int
    expires_at: float
    user_id: int | None = None


class Logins:
    def __init__(self) -> None:
        self.code_length = CODE_LENGTH
        self._codes: dict[str, SentCode] = {}  # by phone_code_hash
        self._tokens: dict[bytes, LoginToken] = {}
        self._challenges: dict[int, SrpChallenge] = {}  # by auth_key_id
        self.awaiting_password: dict[int, int] = {}  # auth_key_id -> user id
        self._migrating: dict[bytes, int] = {}  # token for another centre -> user id
        self.exported: dict[tuple[int, bytes], int] = {}  # authorisations for another centre

    # Codes

    def send_code(
        self, phone: str, now: float, text: str | None = None, *, by_email: bool = False
    ) -> tuple[str, str]:
        """Makes a code for the phone (`text`, else a number); gives its hash and the code."""
        code = text or f"{random.randrange(10**self.code_length):0{self.code_length}}"
        code_hash = os.urandom(9).hex()
        self._codes[code_hash] = SentCode(digits(phone), code, now + CODE_LIFETIME_S, by_email)
        return code_hash, code

    def check_code(
        self, phone: str, code_hash: str, code: str, now: float, *, by_email: bool = False
    ) -> None:
        """Uses the code up. Raises PHONE_CODE_EMPTY, PHONE_CODE_EXPIRED, PHONE_CODE_INVALID."""
        if not code:
            raise RpcError(400, "PHONE_CODE_EMPTY")
        sent = self._codes.get(code_hash)
        if sent is None or sent.phone != digits(phone) or sent.expires_at < now:
            self._codes.pop(code_hash, None)
            raise RpcError(400, "PHONE_CODE_EXPIRED")
        if sent.code != code or sent.by_email != by_email:
            raise RpcError(400, "PHONE_CODE_INVALID")
        del self._codes[code_hash]

    def cancel_code(self, code_hash: str) -> SentCode | None:
        return self._codes.pop(code_hash, None)

    # Tokens

    def token_for(self, auth_key_id: int, now: float) -> LoginToken:
        """The key's token: the one that was accepted, or else a new one."""
        for old in tuple(self._tokens.values()):
            if old.auth_key_id == auth_key_id and old.user_id is not None:
                del self._tokens[old.token]
                return old
            if old.expires_at + TOKEN_LIFETIME_S < now:
                del self._tokens[old.token]
        token = LoginToken(os.urandom(32), auth_key_id, now + TOKEN_LIFETIME_S)
        self._tokens[token.token] = token
        return token

    def accept_token(self, token: bytes, user: User, now: float) -> LoginToken:
        found = self._tokens.get(token)
        if found is None:
            raise RpcError(400, "AUTH_TOKEN_INVALIDX")
        if found.expires_at < now:
            raise RpcError(400, "AUTH_TOKEN_EXPIRED")
        if found.user_id is not None:
            raise RpcError(400, "AUTH_TOKEN_ALREADY_ACCEPTED")
        found.user_id = user.id
        return found

    def migrate(self, user: User) -> bytes:
        """Return a token with which the same client can log in at the user's own data centre."""
        token = os.urandom(32)
        self._migrating[token] = user.id
        return token

    def migrated(self, token: bytes) -> int:
        """Use up such a token. Return the user's id. Raises AUTH_TOKEN_INVALID."""
        user_id = self._migrating.pop(token, None)
        if user_id is None:
            raise RpcError(400, "AUTH_TOKEN_INVALID")
        return user_id

    def shown(self, now: float) -> bytes | None:
        """The token that was shown last and waits to be scanned."""
        waiting = [
            one for one in self._tokens.values() if one.user_id is None and one.expires_at >= now
        ]
        return waiting[-1].token if waiting else None

    # Passwords

    def challenge(self, auth_key_id: int, password: str) -> SrpChallenge:
        challenge = self._challenges[auth_key_id] = SrpChallenge(password)
        return challenge

    def take_challenge(self, auth_key_id: int, challenge_id: int) -> SrpChallenge:
        challenge = self._challenges.pop(auth_key_id, None)
        if challenge is None or challenge.id != challenge_id:
            raise RpcError(400, "SRP_ID_INVALID")
        return challenge
