"""Errors by consequence. Their sentences for people are in `texts/`, by `code`."""

from __future__ import annotations

from typing import Any


class GatewayError(Exception):
    """Something that a person must know. `code` names the sentence, `facts` fill it in."""

    def __init__(self, code: str, **facts: Any):
        super().__init__(code, facts)
        self.code = code
        self.facts = facts


class SettingsError(GatewayError):
    """A setting is missing or wrong."""


class UpgradeInProgress(GatewayError):
    """A table, a right or the right version is missing: wait, and report that we wait."""


class LeaseLost(GatewayError):
    """Another process owns the pool now: stop acting at once."""

    def __init__(self) -> None:
        super().__init__("lease_lost")
