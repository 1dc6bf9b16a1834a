"""The table of jobs: which, how often, what. The page of jobs shows it as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scheduler.jobs.backup import back_up
from scheduler.jobs.caps import check_caps
from scheduler.jobs.concerns import look_again
from scheduler.jobs.confirmations import settle_confirmations
from scheduler.jobs.context import Job
from scheduler.jobs.draws import settle_draws
from scheduler.jobs.exports import push, write_exports
from scheduler.jobs.housekeeping import keep_house
from scheduler.jobs.outbox import call_gateway, deliver, send_mail
from scheduler.jobs.printing import print_orders
from scheduler.jobs.publish import publish
from scheduler.jobs.reminders import remind


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A job and the seconds between its ticks; `seconds` None stands for the tick of the settings."""

    name: str
    seconds: float | None
    job: Job


HOUSEKEEPING_SECONDS: Final = 20.0
"""Sweeping costs nothing; every job beats within half a minute, so that silence is noticed."""
CAPS_SECONDS: Final = 30.0
"""Almost every tick finds that the night's check is done: one look at one row."""
DRAWS_SECONDS: Final = 30.0
"""A deadline of a draw is a matter of days; half a minute later is soon enough."""
REMINDERS_SECONDS: Final = 30.0
CONCERNS_SECONDS: Final = 60.0
"""Classes, absences and certificates change by hand or once a month; a minute later somebody knows."""
BACKUP_SECONDS: Final = 60.0
"""Almost every tick finds that the night's copy is there: one look at one file."""

CONFIRMATIONS_SECONDS: Final = 30.0
"""Departments have three working days; an edited part is asked about half a minute after the draft has come to rest."""

SCHEDULE: Final = (
    Entry(name="publish", seconds=None, job=publish),
    Entry(name="outbox", seconds=None, job=deliver),
    Entry(name="email", seconds=None, job=send_mail),
    Entry(name="gateway", seconds=None, job=call_gateway),
    Entry(name="printing", seconds=None, job=print_orders),
    Entry(name="exports", seconds=None, job=write_exports),
    Entry(name="push", seconds=None, job=push),
    Entry(name="reminders", seconds=REMINDERS_SECONDS, job=remind),
    Entry(name="housekeeping", seconds=HOUSEKEEPING_SECONDS, job=keep_house),
    Entry(name="draws", seconds=DRAWS_SECONDS, job=settle_draws),
    Entry(name="confirmations", seconds=CONFIRMATIONS_SECONDS, job=settle_confirmations),
    Entry(name="concerns", seconds=CONCERNS_SECONDS, job=look_again),
    Entry(name="caps", seconds=CAPS_SECONDS, job=check_caps),
    Entry(name="backup", seconds=BACKUP_SECONDS, job=back_up),
)
