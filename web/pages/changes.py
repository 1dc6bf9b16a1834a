"""What has changed by releases, for everybody: a page and an Atom feed (F33)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from scheduler.publishing.public_changes import PublicChange, public_changes
from web import auth, db, phrases
from web.atom import AtomFeed, FeedEntry, atom_bytes
from web.rendering import page

blueprint = Blueprint("changes", __name__, url_prefix="/public")


@blueprint.get("/changes")
@auth.public
@db.commits
def index() -> Any:
    """List the newest releases by what they changed."""
    return page("changes/index.html", rows=public_changes(db.session()))


@blueprint.get("/changes.atom")
@auth.public
@db.commits
def feed() -> Any:
    """The same for feed readers."""
    base, host = db.settings().base_url.rstrip("/"), db.settings().host_name
    entries = [
        FeedEntry(key=f"tag:{host},2026:{one.key}", title=one.round_name, text=_summary(one), updated=one.sealed_at)
        for one in public_changes(db.session())
    ]
    found = AtomFeed(
        key=f"tag:{host},2026:changes",
        title=_("发布动态"),
        author=_("一门"),
        address=base + url_for("changes.feed"),
        page=base + url_for("changes.index"),
        entries=entries,
    )
    response = Response(atom_bytes(found), mimetype="application/atom+xml")
    response.add_etag()
    return response.make_conditional(request)


def _summary(one: PublicChange) -> str:
    counts = [f"{phrases.change(kind)} {count}" for kind, count in one.counts]
    return _("，").join([*counts, _("此后共 %(visits)s 次", visits=one.visits)])
