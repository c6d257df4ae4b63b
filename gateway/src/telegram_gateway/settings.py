"""The gateway's settings: the environment (TELEGRAM_GATEWAY_…), or a file of the same lines."""

from __future__ import annotations

import base64
import binascii
import socket
import stat
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from telegram_gateway.errors import SettingsError

PREFIX = "TELEGRAM_GATEWAY_"


class Settings(BaseSettings):
    """All settings. Secrets never appear in a repr or a log."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    database_url: SecretStr = Field(description="address of Odoo's database")
    session_key: SecretStr = Field(description="32 bytes in base64; encrypts the logins")
    odoo_url: str = Field(description="address of Odoo, for the doorbell")
    odoo_database: str
    odoo_login: str
    odoo_password: SecretStr
    # From my.telegram.org. Both may be typed in Odoo's wizard instead; what is set here wins.
    api_id: int | None = None
    api_hash: SecretStr | None = None
    process_name: str = Field(default_factory=socket.gethostname)
    pool: str = "main"
    lease_s: float = 15.0
    # Seconds after which a request to Telegram counts as lost.
    answer_s: float = 30.0
    # Seconds between two probes of a running call: if Telegram's updates are incomplete; if they
    # are complete; and between two full reads. The limit on requests a second of all calls together
    # comes first.
    probe_s: float = Field(default=5.0, gt=0)
    probe_seldom_s: float = Field(default=16.0, gt=0)
    full_look_s: float = Field(default=60.0, gt=0)
    looks_a_second: float = Field(default=12.5, gt=0)
    # Seconds over which the checks of groups are spread after a start or a lost connection; few
    # groups are checked a second apart.
    spread_s: float = Field(default=600.0, gt=0)
    # Seconds between two connections to Telegram after an error; connections that break have a pace
    # of their own (core/connection.py).
    connect_every_s: float = 60.0
    # Most groups that one account makes within 24 hours; for more Telegram demands waits of hours.
    groups_a_day: int = Field(default=15, ge=1)
    # Most telephone numbers that one account looks up within 24 hours; the real limit is hidden and
    # small.
    lookups_a_day: int = Field(default=5, ge=0)
    # Most people whom the account adds directly within 24 hours; 0: nobody.
    direct_adds_a_day: int = Field(default=20, ge=0)
    # Seconds between two checks whether an account is frozen; and after which an account too fresh
    # to appoint admins tries again.
    standing_s: float = 600.0
    fresh_again_s: float = 3600.0
    # A Telegram server other than the real one, and its public key.
    server_host: str = ""
    server_port: int = 443
    server_dc: int = 2
    server_public_key_file: Path | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    crash_at: str = ""

    @field_validator("session_key")
    @classmethod
    def _check_session_key(cls, value: SecretStr) -> SecretStr:
        try:
            size = len(base64.b64decode(value.get_secret_value(), validate=True))
        except binascii.Error:
            size = 0
        if size != 32:
            raise ValueError("session_key")
        return value

    @field_validator("odoo_url")
    @classmethod
    def _check_odoo_url(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("odoo_url")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _check_api(self) -> Settings:
        if (self.api_id is None) != (self.api_hash is None):
            raise ValueError("api")
        return self

    @property
    def api(self) -> tuple[int, str] | None:
        """API id and hash; None if they are not set."""
        if self.api_id is None or self.api_hash is None:
            return None
        return self.api_id, self.api_hash.get_secret_value()

    @property
    def session_key_bytes(self) -> bytes:
        """The session key: 32 bytes."""
        return base64.b64decode(self.session_key.get_secret_value())


def load(config: Path | None = None) -> Settings:
    """Read the settings; a file, if given, must not be readable by others.

    Raises SettingsError, one that names the setting and what is wrong with it.
    """
    arguments: dict[str, Any] = {}
    if config is not None:
        try:
            mode = config.stat().st_mode
        except OSError:
            raise SettingsError("config_missing", path=str(config)) from None
        if mode & (stat.S_IRGRP | stat.S_IROTH):
            raise SettingsError("config_readable", path=str(config))
        arguments["_env_file"] = config
    try:
        return Settings(**arguments)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            raise SettingsError("setting_api") from None
        name = PREFIX + str(first["loc"][0]).upper()
        if first["type"] == "missing":
            raise SettingsError("setting_missing", name=name) from None
        code = {
            f"{PREFIX}SESSION_KEY": "setting_session_key",
            f"{PREFIX}ODOO_URL": "setting_odoo_url",
        }
        raise SettingsError(code.get(name, "setting_wrong"), name=name) from None
