"""The door for enterprises: the code of a notice, typed or from its QR code, instead of an account."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, request, url_for

from scheduler.accounts import SignIn
from scheduler.errors import InvalidError
from scheduler.portal import access_codes
from web import auth, db, phrases
from web.forms.base import Form
from web.forms.portal import EnterForm, OpenForm
from web.rendering import form_page, page

blueprint = Blueprint("enter", __name__, url_prefix="/enter")


@blueprint.route("", methods=["GET", "POST"])
@auth.public
def by_code() -> Any:
    """Ask for credit code and short code, and open the enterprise's pages."""
    form = EnterForm()
    if form.validate_on_submit():
        opened = _try(form, credit_code=form.credit_code.data or "", code=form.code.data or "")
        if opened is not None:
            return _inside(opened)
    return form_page("enter/by_code.html", form)


@blueprint.route("/<secret>", methods=["GET", "POST"])
@auth.public
def by_secret(secret: str) -> Any:
    """Ask before opening: programs that look at links in advance must not use a code up.

    A wrong, a revoked, an expired and a used-up code are answered alike.
    """
    form = OpenForm()
    if form.validate_on_submit():
        opened = _try(form, secret=secret)
        if opened is not None:
            return _inside(opened)
        return _closed()
    with db.own_reading() as session:
        if not access_codes.is_good(session, db.clock(), secret):
            return _closed()
    return form_page("enter/by_secret.html", form)


def _closed() -> Any:
    return page("enter/closed.html"), HTTPStatus.NOT_FOUND


def _try(form: Form, *, secret: str = "", credit_code: str = "", code: str = "") -> SignIn | None:
    # The refusal is caught inside the transaction: the count of wrong attempts must be kept.
    origin, settings, clock = request.remote_addr or "", db.settings(), db.clock()
    with db.own_transaction() as session:
        try:
            if secret:
                return access_codes.sign_in_by_secret(session, clock, secret, address=origin, settings=settings)
            return access_codes.sign_in_by_code(
                session, clock, credit_code=credit_code, code=code, address=origin, settings=settings
            )
        except InvalidError as error:
            for one in error.faults:
                form.add_fault(one.field, phrases.fault(one.code, dict(one.params)))
    return None


def _inside(opened: SignIn) -> Any:
    return auth.remember(redirect(url_for("portal.show"), code=303), opened.token)  # type: ignore[arg-type]
