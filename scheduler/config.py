"""Settings, from the environment only, read once and passed on as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from scheduler.clock import Clock, FileClock, SystemClock
from scheduler.errors import DomainError

DEVELOPMENT_SECRET: Final = "development-only"  # noqa: S105 -- refused outside development
SHORTEST_SECRET: Final = 32


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TESTING = "testing"
    PRODUCTION = "production"


class SettingsError(DomainError):
    """A setting is missing or cannot be used. Params: name, value."""

    code = "bad_setting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set from outside, all as ONEDOOR_… variables.

    `database_url`: SQLAlchemy URL. `secret_key`: signs cookies' CSRF tokens. `base_url`: how people reach the
    service; its host goes into calendar ids. `session_idle_minutes`, `session_hours`: when a sign-in ends.
    `solve_seconds`: wall-clock limit of a solve (0: none). `solve_work`: reproducible limit (0: the default).
    `smtp_security`: none, starttls or tls; without `smtp_host` no e-mail is written. `gateway_url`: the web hook for
    SMS or government messaging, on a host of `gateway_hosts` (comma-separated). `push_hosts`: hosts
    that destinations of pushes may be on. `channel_seconds`: limit of an attempt.
    `data_folder`: an office's own templates and fonts lie in its folders templates and fonts.
    `backup_folder`: where nightly copies go (empty: none are made), `backups_kept` of them.
    `clock_file`, `fault`: testing only.
    """

    environment: Environment = Environment.DEVELOPMENT
    database_url: str = "sqlite:///var/onedoor.db"
    secret_key: str = DEVELOPMENT_SECRET
    base_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    behind_proxy: bool = False
    session_idle_minutes: int = 30
    session_hours: int = 12
    solve_seconds: float = 60.0
    solve_work: int = 0
    solve_workers: int = 2
    tick_seconds: float = 5.0
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_sender: str = ""
    smtp_security: str = "starttls"
    gateway_url: str = ""
    gateway_secret: str = ""
    gateway_hosts: str = ""
    push_hosts: str = ""
    channel_seconds: float = 10.0
    data_folder: str = "var"
    backup_folder: str = ""
    backups_kept: int = 14
    clock_file: str = ""
    fault: str = ""

    @property
    def secure_cookies(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def host_name(self) -> str:
        """The host part of `base_url`, without scheme and port."""
        return self.base_url.split("//", 1)[-1].split("/", 1)[0].split(":", 1)[0]

    def clock(self) -> Clock:
        """Return the clock to inject: the machine's, or a file's while testing."""
        if self.environment is Environment.TESTING and self.clock_file:
            return FileClock(Path(self.clock_file))
        return SystemClock()


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Build the settings from ONEDOOR_… variables.

    Raises SettingsError for values of the wrong kind, and outside development for a default or short secret.
    """
    values: dict[str, object] = {}
    for name, kind in _KINDS.items():
        raw = environ.get(f"ONEDOOR_{name.upper()}")
        if raw is not None and raw != "":
            values[name] = _convert(name, raw, kind)
    settings = Settings(**values)  # type: ignore[arg-type]
    if settings.environment is Environment.PRODUCTION:
        _require_secret(settings)
    _check_channels(settings)
    return settings


_KINDS: Final[dict[str, type]] = {
    "environment": Environment,
    "database_url": str,
    "secret_key": str,
    "base_url": str,
    "host": str,
    "port": int,
    "behind_proxy": bool,
    "session_idle_minutes": int,
    "session_hours": int,
    "solve_seconds": float,
    "solve_work": int,
    "solve_workers": int,
    "tick_seconds": float,
    "smtp_host": str,
    "smtp_port": int,
    "smtp_user": str,
    "smtp_password": str,
    "smtp_sender": str,
    "smtp_security": str,
    "gateway_url": str,
    "gateway_secret": str,
    "gateway_hosts": str,
    "push_hosts": str,
    "channel_seconds": float,
    "data_folder": str,
    "backup_folder": str,
    "backups_kept": int,
    "clock_file": str,
    "fault": str,
}


def _convert(name: str, raw: str, kind: type) -> object:
    if kind is bool:
        if raw.lower() not in {"0", "1", "true", "false"}:
            raise SettingsError(name=f"ONEDOOR_{name.upper()}", value=raw)
        return raw.lower() in {"1", "true"}
    try:
        return kind(raw)
    except ValueError as error:
        raise SettingsError(name=f"ONEDOOR_{name.upper()}", value=raw) from error


def _check_channels(settings: Settings) -> None:
    if settings.smtp_security not in {"none", "starttls", "tls"}:
        raise SettingsError(name="ONEDOOR_SMTP_SECURITY", value=settings.smtp_security)
    if settings.gateway_url and len(settings.gateway_secret) < SHORTEST_SECRET:
        raise SettingsError("weak_secret", name="ONEDOOR_GATEWAY_SECRET", value="…")


def _require_secret(settings: Settings) -> None:
    if settings.secret_key == DEVELOPMENT_SECRET or len(settings.secret_key) < SHORTEST_SECRET:
        raise SettingsError("weak_secret", name="ONEDOOR_SECRET_KEY", value="…")
    if settings.clock_file:
        raise SettingsError(name="ONEDOOR_CLOCK_FILE", value=settings.clock_file)
    if settings.fault:
        raise SettingsError(name="ONEDOOR_FAULT", value=settings.fault)
