"""Whether the service works: the database answers and the timed jobs are alive; figures for a monitoring system."""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from scheduler.errors import NotFoundError
from scheduler.metrics import MEDIA_TYPE, metrics_text
from scheduler.permissions import may_administer, may_see_all
from scheduler.vital_signs import vital_signs
from web import auth, db
from web.rendering import page

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@auth.public
@db.commits
def show() -> Any:
    """Answer 200 when the database answers; 503 once a timed job has missed three ticks. Tells nothing else."""
    signs = vital_signs(db.session(), db.clock(), db.settings())
    status = HTTPStatus.SERVICE_UNAVAILABLE if signs.silent else HTTPStatus.OK
    answer = jsonify(
        database="ok",
        ticker="ok" if signs.ticker_alive else "silent",
        ticker_age_seconds=signs.ticker_age_seconds,
    )
    return answer, status.value


@blueprint.get("/metrics")
@auth.public
@db.commits
def metrics() -> Any:
    """Figures, for this machine and for administrators; for anybody else there is nothing here."""
    if not _from_here() and not (g.actor is not None and may_administer(g.actor)):
        raise NotFoundError("page", "metrics")
    return Response(metrics_text(db.session(), db.clock(), db.settings()), content_type=MEDIA_TYPE)


def _from_here() -> bool:
    """Whether the request comes from this machine itself and through no proxy."""
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-Ip"} & {name.title() for name, _ in request.headers}
    try:
        return not forwarded and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


@blueprint.get("/jobs")
@auth.requires(may_see_all)
@db.commits
def jobs() -> Any:
    """Show what runs when, when it last did, and how that went."""
    return page("jobs/index.html", signs=vital_signs(db.session(), db.clock(), db.settings()))
