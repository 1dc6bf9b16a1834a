"""Where the command `onedoor` begins: the solver's own commands load the solver and nothing else."""

from __future__ import annotations

import sys

import typer

from scheduler.commands import solving


def main() -> None:
    """Run the command line. Solving a folder begins seconds earlier without database and service."""
    if sys.argv[1:2] and sys.argv[1] in _solver_names():
        _solver_app()()
        return
    from scheduler.cli import app  # noqa: PLC0415 -- loads the whole application

    app()


def _solver_names() -> frozenset[str]:
    return frozenset(command.__name__.replace("_", "-") for command in solving.COMMANDS)


def _solver_app() -> typer.Typer:
    app = typer.Typer(name="onedoor", add_completion=False, pretty_exceptions_enable=False)
    for command in solving.COMMANDS:
        app.command(help=command.__doc__)(command)
    return app
