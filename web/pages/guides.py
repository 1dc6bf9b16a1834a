"""Help: the manual, one page a role, and how programs use the API, with a page to try it on. Knows no resource."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, abort, send_from_directory

from data.enums import Role
from scheduler.errors import NotFoundError
from scheduler.permissions import is_official, is_signed_in
from web import auth, db
from web.api.limits import REQUESTS_PER_MINUTE
from web.i18n import is_english
from web.rendering import page
from web.words.manual import MANUAL

blueprint = Blueprint("help", __name__, url_prefix="/help")
SWAGGER: Final = Path(str(files("flask_openapi3_swagger"))) / "templates" / "swagger"
# File -> its folder in the package that brings it; nothing else of the package is handed out.
ASSETS: Final = {"swagger-ui.css": "css", "swagger-ui-bundle.js": "js"}
A_DAY: Final = 86_400


@blueprint.get("")
@auth.requires(is_signed_in)
@db.commits
def index() -> Any:
    """Show the manual's page of the reader's own role."""
    return _manual(auth.actor().role)


@blueprint.get("/for/<role>")
@auth.requires(is_signed_in)
@db.commits
def manual(role: str) -> Any:
    """Show the manual's page of a role."""
    if role not in MANUAL:
        raise NotFoundError("manual", role)
    return _manual(Role(role))


def _manual(role: Role) -> Any:
    chosen = 1 if is_english() else 0
    roles = [Role(one) for one in MANUAL]
    return page("help/manual.html", role=role, roles=roles, sections=MANUAL[role], chosen=chosen)


@blueprint.get("/api")
@auth.requires(is_official)
@db.commits
def api() -> Any:
    """Show how a program files a plan, with commands to copy."""
    return page("help/api.html", base_url=db.settings().base_url.rstrip("/"), most=REQUESTS_PER_MINUTE)


@blueprint.get("/api/explore")
@auth.requires(is_official)
@db.commits
def explore() -> Any:
    """Show every route of the API, to be tried with a token."""
    return page("help/explore.html")


@blueprint.get("/assets/<name>")
@auth.public
@db.commits
def asset(name: str) -> Any:
    """Hand out a file of the page for trying, from the installed package: nothing is fetched from elsewhere."""
    if name not in ASSETS:
        abort(404)
    return send_from_directory(SWAGGER / ASSETS[name], name, max_age=A_DAY)
