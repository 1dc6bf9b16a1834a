"""Whether the service works: the database answers and the timed jobs are alive. Tells nothing else to anybody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify

from scheduler.vital_signs import vital_signs
from web import auth, db

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@auth.public
@db.commits
def show() -> Any:
    """Answer 200 when the database answers; `ticker` says whether timed jobs run."""
    signs = vital_signs(db.session(), db.clock())
    return jsonify(
        database="ok",
        ticker="ok" if signs.ticker_alive else "silent",
        ticker_age_seconds=signs.ticker_age_seconds,
    )
