"""Signing in and out, and changing one's password."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, request, url_for
from flask_babel import gettext as _

from scheduler import accounts
from scheduler.errors import InvalidError
from scheduler.permissions import is_signed_in
from web import auth, db, phrases
from web.forms.sign_in import PasswordForm, SignInForm
from web.rendering import after_post, faults_to, form_page

blueprint = Blueprint("sign_in", __name__)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@auth.public
def sign_in() -> Any:
    """Show the form, or open a session and go where the person wanted to go."""
    if g.actor is not None:
        return redirect(auth.local_target(request.args.get("next")))
    form = SignInForm()
    if form.validate_on_submit():
        opened = _try(form)
        if opened is not None:
            target = auth.local_target(request.args.get("next"))
            return auth.remember(redirect(target, code=303), opened.token)  # type: ignore[arg-type]
    return form_page("sign_in/sign_in.html", form)


def _try(form: SignInForm) -> accounts.SignIn | None:
    # The refusal is caught inside the transaction: the count of wrong attempts must be kept.
    with db.own_transaction() as session:
        try:
            return accounts.sign_in(
                session,
                db.clock(),
                username=form.username.data or "",
                password=form.password.data or "",
                address=request.remote_addr or "",
                settings=db.settings(),
            )
        except InvalidError as error:
            for one in error.faults:
                form.add_fault(one.field, phrases.fault(one.code, dict(one.params)))
    return None


@blueprint.post("/sign-out")
@auth.requires(is_signed_in)
@db.commits
def sign_out() -> Any:
    """End the session."""
    accounts.sign_out(db.session(), db.clock(), g.token)
    return auth.forget(redirect(url_for("sign_in.sign_in"), code=303))  # type: ignore[arg-type]


@blueprint.route("/password", methods=["GET", "POST"])
@auth.requires(is_signed_in)
@db.commits
def password() -> Any:
    """Change the password; all other sessions of the account end."""
    form = PasswordForm()
    if form.validate_on_submit():
        with faults_to(form):
            accounts.change_password(
                db.session(), db.clock(), auth.actor(), old=form.old.data, new=form.new.data, keep_token=g.token
            )
            return after_post("desk.show", _("密码已修改。"))
    return form_page("sign_in/password.html", form, forced=auth.actor().must_change_password)
