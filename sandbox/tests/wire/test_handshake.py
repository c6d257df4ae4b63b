"""Key exchange over each transport, and refusals below the session layer."""

from __future__ import annotations

import asyncio

import pytest
from telethon import errors
from telethon.crypto import AuthKey
from telethon.network import (
    ConnectionTcpAbridged,
    ConnectionTcpFull,
    ConnectionTcpIntermediate,
)
from telethon.network.connection.tcpintermediate import RandomizedIntermediatePacketCodec
from telethon.sessions import MemorySession
from telethon.tl import functions, types

from telegram_sandbox import RsaKey, Sandbox
from telegram_sandbox.errors import ProtocolError
from telegram_sandbox.wire.handshake import DH_PRIME, Handshake
from telegram_sandbox.world.people import User


class _PaddedCodec(RandomizedIntermediatePacketCodec):
    tag = RandomizedIntermediatePacketCodec.obfuscate_tag


class ConnectionTcpPadded(ConnectionTcpIntermediate):
    """Telethon uses this framing only behind its proxies."""

    packet_codec = _PaddedCodec


@pytest.mark.parametrize(
    "connection",
    [
        ConnectionTcpFull,
        ConnectionTcpAbridged,
        ConnectionTcpIntermediate,
        ConnectionTcpPadded,
    ],
)
async def test_exchange__each_transport(sandbox: Sandbox, ada: User, connection: type) -> None:
    client = sandbox.client(connection=connection)
    await client.connect()
    sandbox.server.authorise(client.session.auth_key.key_id, ada.id)
    many = [types.InputUser(ada.id, 0)] * 2_000  # long frames too
    assert (await client.get_me()).first_name == "Ada"
    assert len(await client(functions.users.GetUsersRequest(many))) == 2_000
    assert client.session.auth_key.key_id in sandbox.server.keys
    sandbox.check()


async def test_exchange__salt_comes_from_it(sandbox: Sandbox) -> None:
    client = sandbox.client()
    await client.connect()
    key = sandbox.server.keys[client.session.auth_key.key_id]
    assert key.key == client.session.auth_key.key
    assert -(2**63) <= key.salt < 2**63


def test_exchange__needs_its_steps_in_order() -> None:
    handshake = Handshake(RsaKey.generate())
    with pytest.raises(ProtocolError):
        handshake.answer(functions.SetClientDHParamsRequest(1, 2, b""))
    question = handshake.answer(functions.ReqPqMultiRequest(nonce=7))
    with pytest.raises(ProtocolError):
        handshake.answer(functions.SetClientDHParamsRequest(7, question.server_nonce, b""))
    with pytest.raises(ProtocolError):
        handshake.answer(functions.ReqDHParamsRequest(7, 1, b"", b"", 0, b""))


def test_prime__is_safe() -> None:
    assert DH_PRIME.bit_length() == 2048
    assert DH_PRIME % 3 == 2
    for number in (DH_PRIME, (DH_PRIME - 1) // 2):
        assert pow(5, number - 1, number) == 1


def test_rsa_key__survives_its_pem() -> None:
    key = RsaKey.generate()
    again = RsaKey.from_pem(key.private_pem())
    assert again.fingerprint == key.fingerprint
    cipher = pow(12345, key.e, key.n).to_bytes(256, "big")
    assert int.from_bytes(again.decrypt(cipher), "big") == 12345
    with pytest.raises(ValueError):
        RsaKey.from_pem(b"no key")


async def test_unknown_key__transport_refuses(sandbox: Sandbox) -> None:
    session = MemorySession()
    session.auth_key = AuthKey(bytes(range(256)))
    client = sandbox.client(session=session)
    with pytest.raises(errors.AuthKeyNotFound):
        await client.connect()


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xef\x01\x00\x00\x00\x00",
        b"\xee\xee\xee\xee\xff\xff\xff\x7f",
        b"\x20\x00\x00\x00" + bytes(28),
        b"\x02\x00\x00\x00\x00\x00\x00\x00",
        b"\xef\x0a" + bytes(40),
    ],
)
async def test_nonsense__closes_only_that_connection(
    sandbox: Sandbox, ada: User, data: bytes
) -> None:
    reader, writer = await asyncio.open_connection(sandbox.host, sandbox.port)
    writer.write(data)
    try:
        assert await reader.read() == b""
    except ConnectionResetError:
        pass
    writer.close()
    client = sandbox.client(ada)
    await client.connect()
    assert await client.get_me()
    sandbox.check()
