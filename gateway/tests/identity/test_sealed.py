"""What is sealed in Odoo is read by the gateway that it was sealed for, and by nobody else."""

from __future__ import annotations

import base64
import json

import pytest
from nacl.public import PublicKey, SealedBox
from telegram_gateway.identity import sealed

KEY = b"k" * 32
PAIR = sealed.key_pair(KEY, "one")


def seal(pair, answers) -> str:
    key = PublicKey(base64.b64decode(sealed.public_key_text(pair)))
    return base64.b64encode(SealedBox(key).encrypt(json.dumps(answers).encode())).decode()


def test_pair__is_the_same_each_time_and_for_each_process_another():
    assert sealed.public_key_text(sealed.key_pair(KEY, "one")) == sealed.public_key_text(PAIR)
    others = {sealed.public_key_text(sealed.key_pair(KEY, "two"))}
    others.add(sealed.public_key_text(sealed.key_pair(b"x" * 32, "one")))
    assert len(others | {sealed.public_key_text(PAIR)}) == 3
    assert KEY not in bytes(PAIR) and KEY not in bytes(PAIR.public_key)


def test_unsealed__what_was_sealed():
    text = seal(PAIR, {"code": "12345", "login": "a", "step": "code"})
    assert sealed.open_answers(PAIR, text, login="a", step="code") == {
        "code": "12345",
        "login": "a",
        "step": "code",
    }


@pytest.mark.parametrize(("login", "step"), [("b", "code"), ("a", "password")])
def test_unsealed__not_in_another_place(login, step):
    text = seal(PAIR, {"code": "12345", "login": "a", "step": "code"})
    assert sealed.open_answers(PAIR, text, login=login, step=step) is None


def test_unsealed__not_by_another_and_not_when_tampered_with():
    text = seal(PAIR, {"login": "a", "step": "code"})
    assert sealed.open_answers(sealed.key_pair(KEY, "two"), text, login="a", step="code") is None
    for wrong in ("", "no base64", text[:-8] + "AAAAAAA=", seal(PAIR, ["a"])):
        assert sealed.open_answers(PAIR, wrong, login="a", step="code") is None


def test_vouched__opens_with_the_same_key_for_the_same_purpose_only():
    key, other = b"k" * 32, b"o" * 32
    text = sealed.seal_token(key, b"token", "login:two:school")
    assert "token" not in text and text != sealed.seal_token(key, b"token", "login:two:school")
    assert sealed.open_token(key, text, "login:two:school") == b"token"
    assert sealed.open_token(other, text, "login:two:school") is None
    assert sealed.open_token(key, text, "login:three:school") is None
    for nonsense in ("", "x", "é", text[:-4], base64.b64encode(b"short").decode()):
        assert sealed.open_token(key, nonsense, "login:two:school") is None
