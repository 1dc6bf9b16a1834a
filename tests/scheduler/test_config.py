"""Settings: from the environment only, and no production with a known secret or a movable clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.clock import FileClock, SystemClock
from scheduler.config import DEVELOPMENT_SECRET, Environment, Settings, SettingsError, read_settings

PRODUCTION = {"ONEDOOR_ENVIRONMENT": "production"}
SECRET = {"ONEDOOR_SECRET_KEY": "k" * 32}


def test_nothing_set_is_development() -> None:
    assert read_settings({"PATH": "/bin", "ONEDOOR_PORT": ""}) == Settings()


def test_every_kind_of_value_is_read() -> None:
    settings = read_settings(
        PRODUCTION
        | SECRET
        | {
            "ONEDOOR_DATABASE_URL": "postgresql+psycopg://localhost/onedoor",
            "ONEDOOR_PORT": "9000",
            "ONEDOOR_BEHIND_PROXY": "True",
            "ONEDOOR_SOLVE_SECONDS": "12.5",
            "ONEDOOR_BASE_URL": "https://onedoor.example:8443/path",
        }
    )

    assert settings.environment is Environment.PRODUCTION
    assert (settings.port, settings.behind_proxy, settings.solve_seconds) == (9000, True, 12.5)
    assert (settings.host_name, settings.secure_cookies) == ("onedoor.example", True)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        (PRODUCTION, "ONEDOOR_SECRET_KEY"),
        (PRODUCTION | {"ONEDOOR_SECRET_KEY": DEVELOPMENT_SECRET}, "ONEDOOR_SECRET_KEY"),
        (PRODUCTION | {"ONEDOOR_SECRET_KEY": "k" * 31}, "ONEDOOR_SECRET_KEY"),
        (PRODUCTION | SECRET | {"ONEDOOR_CLOCK_FILE": "/tmp/now"}, "ONEDOOR_CLOCK_FILE"),
        ({"ONEDOOR_PORT": "eighty"}, "ONEDOOR_PORT"),
        ({"ONEDOOR_BEHIND_PROXY": "perhaps"}, "ONEDOOR_BEHIND_PROXY"),
        ({"ONEDOOR_ENVIRONMENT": "staging"}, "ONEDOOR_ENVIRONMENT"),
    ],
    ids=["no_secret", "default_secret", "short_secret", "movable_clock", "port", "boolean", "environment"],
)
def test_bad_setting_is_refused(environ: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_settings(environ)

    assert error.value.params["name"] == name
    assert "k" * 31 not in str(error.value)


def test_clock_file_counts_while_testing_only(tmp_path: Path) -> None:
    named = {"ONEDOOR_CLOCK_FILE": str(tmp_path / "now")}

    assert read_settings(named | {"ONEDOOR_ENVIRONMENT": "testing"}).clock() == FileClock(tmp_path / "now")
    assert isinstance(read_settings(named).clock(), SystemClock)
