"""Errors of the data layer: a stable code and parameters, never a sentence.

DataError
├── NotFoundError      a get_ found nothing
└── StaleError         somebody else changed the row first
"""


class DataError(Exception):
    """Root of the data layer's errors; `code` is stable, `params` are plain values for the message."""

    code = "data_error"

    def __init__(self, **params: object) -> None:
        super().__init__(self.code, params)
        self.params = params


class NotFoundError(DataError):
    """Raised by every get_ that finds nothing. `entity`: table in words, `key`: what was asked for."""

    code = "not_found"

    def __init__(self, entity: str, key: object) -> None:
        super().__init__(entity=entity, key=key)


class StaleError(DataError):
    """Raised when the row was changed between reading and writing it."""

    code = "stale"
