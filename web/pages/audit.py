"""The audit trail, for supervisors and administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from scheduler.audit import verify
from scheduler.audit_views import list_actions, list_events
from scheduler.permissions import may_audit
from web import auth, db, phrases
from web.rendering import kept_arguments, page, page_number, search_text

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


@blueprint.get("")
@auth.requires(may_audit)
@db.commits
def index() -> Any:
    """List events, newest first."""
    found = list_events(
        db.session(),
        auth.actor(),
        action=request.args.get("action", ""),
        entity_uid=request.args.get("entity", ""),
        text=search_text(),
        page=page_number(),
    )
    actions = [(code, phrases.action(code)) for code in list_actions(db.session(), auth.actor())]
    return page("audit/index.html", found=found, arguments=kept_arguments(), actions=actions)


@blueprint.get("/chain")
@auth.requires(may_audit)
@db.commits
def chain() -> Any:
    """Recompute the whole chain of hashes."""
    report = verify(db.session())
    title = _("审计链校验")
    return page("audit/chain.html", report=report, title=title)
