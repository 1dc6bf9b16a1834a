"""Owns the refusal of a whole sheet. Knows nothing of what is in a sheet and holds no sentence for people."""


class SheetRefused(Exception):  # noqa: N818 -- the name says what happened to the sheet
    """Raised when a file may not be read at all.

    `code`: stable (`too_large`, `encrypted`, `formula_cells`, ...); `params`: plain values for the message, e.g.
    `{"cell": "C4", "sheet": "Sheet1"}`.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, object] = params
