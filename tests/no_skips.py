"""A pytest plugin that turns a skipped test into a failed run: what cannot be tried must not look tried."""

from __future__ import annotations

from typing import Final

import pytest


class SkipCounter:
    """Remembers which tests were skipped, also those reported by the workers of pytest-xdist."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)


COUNTER = SkipCounter()
SKIPPED: Final = 10
"""Exit code of a run with skipped tests, whether others failed or not: nothing run again makes up for them."""


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(COUNTER, "skip-counter")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if COUNTER.skipped and not hasattr(session.config, "workerinput"):
        session.exitstatus = SKIPPED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COUNTER.skipped:
        terminalreporter.section("skipped tests are forbidden here", sep="!")
        for name in COUNTER.skipped:
            terminalreporter.line(name)
