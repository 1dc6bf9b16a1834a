"""The switch of languages: kept in the account when there is one, else in a cookie."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, request

from scheduler.accounts import LANGUAGES, set_language
from web import auth, db
from web.i18n import LANGUAGE_COOKIE

blueprint = Blueprint("language", __name__)
A_YEAR_SECONDS = 365 * 24 * 3600


@blueprint.post("/language")
@auth.public
@db.commits
def switch() -> Any:
    """Switch, and stay on the page."""
    chosen = request.form.get("language", "")
    language = chosen if chosen in LANGUAGES else LANGUAGES[0]
    if g.actor is not None:
        set_language(db.session(), db.clock(), g.actor, language)
    response = redirect(auth.local_target(request.form.get("next")), code=303)
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=A_YEAR_SECONDS, samesite="Lax", httponly=True,
        secure=db.settings().secure_cookies,
    )  # fmt: skip
    return response
