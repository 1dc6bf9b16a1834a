"""Figures for a monitoring system, in the text format of Prometheus (version 0.0.4). Only reads; names nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from sqlmodel import Session, col, func, select

from data.enums import ApprovalStatus, OutboxState, RunStatus
from data.models import Approval, AuditTip, OutboxMessage, Release, SolveRun
from scheduler.clock import Clock
from scheduler.config import Settings
from scheduler.vital_signs import vital_signs

Sample: TypeAlias = tuple[Mapping[str, str], float]
MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def metrics_text(session: Session, clock: Clock, settings: Settings) -> str:
    """Write all figures, each with its meaning and kind."""
    blocks = [*_jobs(session, clock, settings), *_outbox(session, clock), *_publishing(session)]
    return "".join(_block(*block) for block in blocks)


Block: TypeAlias = tuple[str, str, str, list[Sample]]


def _jobs(session: Session, clock: Clock, settings: Settings) -> Iterator[Block]:
    jobs = vital_signs(session, clock, settings).jobs
    beating: list[Sample] = [({"job": one.name}, one.age_seconds) for one in jobs if one.age_seconds is not None]
    yield "onedoor_job_age_seconds", "Seconds since the job last ran", "gauge", beating
    yield (
        "onedoor_job_silent",
        "1 when the job has missed three ticks",
        "gauge",
        [({"job": one.name}, float(one.silent)) for one in jobs],
    )
    yield "onedoor_job_ticks_total", "Runs of the job", "counter", [({"job": one.name}, one.ticks) for one in jobs]
    yield (
        "onedoor_job_failures_total",
        "Failed runs of the job",
        "counter",
        [({"job": one.name}, one.failures) for one in jobs],
    )


def _outbox(session: Session, clock: Clock) -> Iterator[Block]:
    keys = (col(OutboxMessage.channel), col(OutboxMessage.state))
    counts = session.exec(select(*keys, func.count()).group_by(*keys).order_by(*keys))
    yield (
        "onedoor_outbox_messages",
        "Messages by channel and state",
        "gauge",
        [({"channel": str(channel), "state": str(state)}, number) for channel, state, number in counts],
    )
    waiting = (OutboxState.QUEUED, OutboxState.CLAIMED)
    oldest = session.exec(
        select(col(OutboxMessage.channel), func.min(col(OutboxMessage.not_before)))
        .where(col(OutboxMessage.state).in_(waiting))
        .group_by(col(OutboxMessage.channel))
        .order_by(col(OutboxMessage.channel))
    )
    yield (
        "onedoor_outbox_oldest_seconds",
        "How long the oldest due message has waited",
        "gauge",
        [({"channel": str(channel)}, max(0.0, (clock.now() - since).total_seconds())) for channel, since in oldest],
    )


def _publishing(session: Session) -> Iterator[Block]:
    newest = session.exec(select(func.max(col(Release.number)))).one() or 0
    yield "onedoor_releases_total", "Number of the newest release", "counter", [({}, newest)]
    blocked = session.exec(
        select(func.count()).select_from(Approval).where(Approval.status == ApprovalStatus.BLOCKED)
    ).one()
    yield "onedoor_approvals_blocked_total", "Approvals that could not be sealed", "counter", [({}, blocked)]
    runs = session.exec(select(func.count()).select_from(SolveRun).where(SolveRun.status == RunStatus.QUEUED)).one()
    yield "onedoor_runs_queued", "Solve runs that wait for a worker", "gauge", [({}, runs)]
    tip = session.exec(select(col(AuditTip.number)).where(AuditTip.id == 1)).one()
    yield "onedoor_audit_events_total", "Links of the audit chain", "counter", [({}, tip)]


def _block(name: str, meaning: str, kind: str, samples: list[Sample]) -> str:
    lines = [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
