"""Data for others: which tables, in which form, and how far an export or a push has come. A leaf."""

from enum import StrEnum


class ExportKind(StrEnum):
    """The tables that other programs get."""

    VISITS = "visits"
    PLANS = "plans"
    RESULTS = "results"
    DRAWS = "draws"
    RELEASES = "releases"
    FIGURES = "figures"


class FileForm(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class ExportState(StrEnum):
    """Life of an export: it waits, is written part by part, and is there, or cannot be made."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class PushState(StrEnum):
    """Life of a batch: REPLACED is cut anew with other bytes, SKIPPED is given up by a person with a reason."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    DEAD = "dead"
    REPLACED = "replaced"
    SKIPPED = "skipped"
