"""Administration of accounts: the list, a new one, disabling, a new first password."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from data.enums import Role
from data.queries.officers import get_officer, list_officers
from data.queries.organisations import organisation_names
from data.queries.registry import get_enterprise, list_enterprises
from scheduler import accounts
from scheduler.errors import Fault, InvalidError
from scheduler.permissions import may_administer
from web import auth, db
from web.forms.accounts import AccountForm
from web.forms.base import options
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")
PASSWORD_BYTES = 12


@blueprint.get("")
@auth.requires(may_administer)
@db.commits
def index() -> Any:
    """List the accounts."""
    text = request.args.get("text", "").strip().casefold()
    users = [
        user
        for user in accounts.list_users(db.session(), auth.actor())
        if text in user.username.casefold() or text in user.display_name.casefold()
    ]
    return page("accounts/index.html", users=users, organisations=organisation_names(db.session()))


@blueprint.route("/new", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def create() -> Any:
    """Add an account; its first password is shown once and must be changed."""
    form = AccountForm()
    names = sorted(organisation_names(db.session()).items(), key=lambda pair: pair[1])
    form.organisation_id.choices = options([("", "–"), *((str(key), name) for key, name in names)])
    if form.validate_on_submit():
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        with faults_to(form):
            user = accounts.create_user(
                db.session(), db.clock(), auth.actor(),
                username=form.username.data, display_name=form.display_name.data, password=password,
                role=Role(form.role.data), **_owners(form),
            )  # fmt: skip
            return page("accounts/password.html", user=user, password=password)
    return form_page("accounts/form.html", form)


@blueprint.post("/<uid>/active")
@auth.requires(may_administer)
@db.commits
def set_active(uid: str) -> Any:
    """Enable or disable an account."""
    active = request.form.get("active") == "yes"
    user = accounts.get_user(db.session(), auth.actor(), uid)
    accounts.set_active(db.session(), db.clock(), auth.actor(), user, active=active)
    return after_post("accounts.index", _("账号已启用。") if active else _("账号已停用。"))


@blueprint.post("/<uid>/password")
@auth.requires(may_administer)
@db.commits
def reset_password(uid: str) -> Any:
    """Give an account a new first password, shown once."""
    user = accounts.get_user(db.session(), auth.actor(), uid)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    accounts.set_password(db.session(), db.clock(), auth.actor(), user, password)
    return page("accounts/password.html", user=user, password=password)


def _owners(form: AccountForm) -> dict[str, Any]:
    """Row ids of what the account belongs to. Raises InvalidError at the field of a code that is unknown."""
    found: dict[str, Any] = {"organisation_id": None, "officer_id": None, "enterprise_id": None}
    if form.organisation_id.data and form.role.data not in {Role.OFFICER, Role.ENTERPRISE}:
        found["organisation_id"] = _organisation(form.organisation_id.data)
    if form.role.data == Role.OFFICER and form.officer_id.data:
        found["officer_id"] = _officer(form.officer_id.data)
    if form.role.data == Role.ENTERPRISE and form.enterprise_id.data:
        found["enterprise_id"] = _enterprise(form.enterprise_id.data)
    return found


def _organisation(text: str) -> int:
    if text not in {str(key) for key in organisation_names(db.session())}:
        raise InvalidError(Fault(field="organisation_id", code="unknown_organisation"))
    return int(text)


def _officer(certificate: str) -> int | None:
    rows = list_officers(db.session(), text=certificate).rows
    exact = [row for row in rows if row.certificate_number == certificate]
    if not exact:
        raise InvalidError(Fault(field="officer_id", code="unknown_officer"))
    return get_officer(db.session(), exact[0].uid).id


def _enterprise(credit_code: str) -> int | None:
    rows = list_enterprises(db.session(), text=credit_code).rows
    same = [row for row in rows if row.credit_code == credit_code]
    if not same:
        raise InvalidError(Fault(field="enterprise_id", code="unknown_enterprise", params=(("name", ""),)))
    return get_enterprise(db.session(), same[0].uid).id
