"""What commands print and how they end: two consoles, JSON for programs, exit codes. Knows no database.

Exit codes: 0 done; 1 refused by the application (a rule, a state, a right); 2 the input cannot be read.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console

EXIT_REFUSED: Final = 1
EXIT_BAD_INPUT: Final = 2

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="print JSON for programs 输出 JSON")]


def bad_input(lines: list[str]) -> NoReturn:
    """Print every fault of an input; exit 2."""
    for line in lines:
        err.print(line, markup=False)
    raise typer.Exit(EXIT_BAD_INPUT)


def show_json(value: object) -> None:
    """Print one JSON document for a program."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")
