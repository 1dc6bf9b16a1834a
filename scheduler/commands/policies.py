"""`onedoor rules`: the rules of filing as a table."""

from __future__ import annotations

import sys

import typer

from scheduler.filing.policies import rules_table

app = typer.Typer(no_args_is_help=True)


@app.callback()
def rules() -> None:
    """Rules of filing. 申报规则。"""


@app.command("table")
def table() -> None:
    """Print the rules as delivered, where each lives and what proves it, as Markdown. 规则表。"""
    sys.stdout.write(rules_table() + "\n")
