"""Job: a checked copy of the database every night, the oldest ones thrown away.

Without a folder in the settings nothing is copied. A PostgreSQL server is copied by its own pg_dump where that is
found; otherwise its backup is the office's own business.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Final

from data.backup import backup_database
from scheduler.clock import DISTRICT_ZONE
from scheduler.jobs.context import JobContext

FROM_HOUR: Final = 1
"""Local hour from which the night's copy is made; after a pause it is made at once."""
PREFIX: Final = "onedoor-"
SUFFIX: Final = ".backup"


def back_up(context: JobContext) -> int:
    """Returns 1 on the tick that made the day's copy. Raises BackupError for a copy that is no good."""
    settings = context.settings
    now = context.clock.now().astimezone(DISTRICT_ZONE)
    if not settings.backup_folder or now.hour < FROM_HOUR or not can_copy(settings.database_url):
        return 0
    folder = Path(settings.backup_folder)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{PREFIX}{now.date().isoformat()}{SUFFIX}"
    if target.exists():
        return 0
    backup_database(settings.database_url, target)
    for old in copies(folder)[settings.backups_kept :]:
        old.unlink()
    return 1


def can_copy(url: str) -> bool:
    """Whether this process can copy the database: SQLite itself, PostgreSQL where pg_dump is on the path."""
    return url.startswith("sqlite") or shutil.which("pg_dump") is not None


def copies(folder: Path) -> list[Path]:
    """The copies in a folder, newest first; other files are none of ours."""
    return sorted((path for path in folder.glob(f"{PREFIX}*{SUFFIX}") if _day(path) is not None), reverse=True)


def _day(path: Path) -> date | None:
    try:
        return date.fromisoformat(path.name.removeprefix(PREFIX).removesuffix(SUFFIX))
    except ValueError:
        return None
