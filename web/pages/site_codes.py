"""The code of a site, to be printed and hung up there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for
from markupsafe import Markup

from scheduler.fieldwork.site_codes import get_site, qr_svg, short_code, site_token
from scheduler.permissions import may_see_registry
from web import auth, db
from web.rendering import page

blueprint = Blueprint("site_codes", __name__, url_prefix="/site-codes")


@blueprint.get("/<uid>")
@auth.requires(may_see_registry)
@db.commits
def show(uid: str) -> Any:
    """Show the code of a site with its address, on one sheet."""
    site, enterprise = get_site(db.session(), auth.actor(), uid)
    secret = db.settings().secret_key
    address = db.settings().base_url.rstrip("/") + url_for("fieldwork.scanned", token=site_token(secret, site.uid))
    # What segno draws from an address of ours has no text of anybody in it.
    drawing = Markup(qr_svg(address))  # noqa: S704
    return page(
        "site_codes/show.html", site=site, enterprise=enterprise, drawing=drawing, code=short_code(secret, site.uid)
    )
