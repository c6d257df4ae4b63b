"""Every handler says that it answers with what the schema declares; what it really answers with is
checked whenever it does."""

from __future__ import annotations

from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from zlib import crc32

import pytest
from telethon.tl.alltlobjects import tlobjects

from telegram_sandbox import tl
from telegram_sandbox.dispatch import REGISTRY, method_name
from telegram_sandbox.services import load_services

load_services()


def declared(hint: Any) -> set[int]:
    """The types of the schema that the annotation means."""
    if get_origin(hint) in (Union, UnionType):
        return {answer for part in get_args(hint) for answer in declared(part)}
    if hint is bool:
        return {tl.BOOL}
    if get_origin(hint) is list:
        [item] = get_args(hint)
        parts = get_args(item) or (item,)
        return {
            crc32(b"Vector<int>") if answer is int else tl.vector_of(answer) for answer in parts
        }
    return {hint.SUBCLASS_OF_ID}


@pytest.mark.parametrize("number", REGISTRY, ids=lambda number: method_name(tlobjects[number]))
def test_handler__answers_with_the_type_of_the_schema(number: int) -> None:
    function = REGISTRY[number].function
    hint = get_type_hints(function, include_extras=True)["return"]
    assert declared(hint) == {tlobjects[number].SUBCLASS_OF_ID}
