"""Keys of programs: issuing one, showing it once, rotating and revoking."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from data.enums import ApiScope
from data.queries.organisations import organisation_names
from scheduler import api_tokens
from scheduler.api_tokens import IssuedToken
from scheduler.permissions import may_administer, may_issue_tokens
from web import auth, db
from web.forms.tokens import TokenForm
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("tokens", __name__, url_prefix="/tokens")
USUAL_SCOPES = (ApiScope.PLANS_READ, ApiScope.PLANS_WRITE, ApiScope.REGISTRY_READ)


@blueprint.get("")
@auth.requires(may_issue_tokens)
@db.commits
def index() -> Any:
    """List the tokens that the person manages."""
    return page("tokens/index.html", rows=api_tokens.list_tokens(db.session(), db.clock(), auth.actor()))


@blueprint.route("/new", methods=["GET", "POST"])
@auth.requires(may_issue_tokens)
@db.commits
def create() -> Any:
    """Issue a token; its secret is shown this once."""
    form = _form()
    if form.validate_on_submit():
        with faults_to(form):
            issued = api_tokens.issue_token(db.session(), db.clock(), auth.actor(), **form.values())
            return _secret_page(issued)
    elif request.method == "GET":
        form.scopes.data = [scope.value for scope in USUAL_SCOPES]
    return form_page("tokens/form.html", form)


@blueprint.post("/<uid>/rotate")
@auth.requires(may_issue_tokens)
@db.commits
def rotate(uid: str) -> Any:
    """Put a new secret in the place of a token's, shown this once."""
    token = api_tokens.get_token(db.session(), auth.actor(), uid)
    return _secret_page(api_tokens.rotate_token(db.session(), db.clock(), auth.actor(), token))


@blueprint.post("/<uid>/revoke")
@auth.requires(may_issue_tokens)
@db.commits
def revoke(uid: str) -> Any:
    """End a token."""
    token = api_tokens.get_token(db.session(), auth.actor(), uid)
    api_tokens.revoke_token(db.session(), db.clock(), auth.actor(), token)
    return after_post("tokens.index", _("令牌已停用。"))


def _secret_page(issued: IssuedToken) -> str:
    return page("tokens/secret.html", token=issued.token, secret=issued.secret, base_url=db.settings().base_url)


def _form() -> TokenForm:
    actor, form = auth.actor(), TokenForm()
    names = organisation_names(db.session())
    if may_administer(actor):
        pairs = sorted(((str(key), name) for key, name in names.items()), key=lambda pair: pair[1])
        offered = [("", _("不限部门（仅执法监督）")), *pairs]
    else:
        own = actor.organisation_id or 0
        offered = [(str(own), names[own])]
    form.offer(api_tokens.grantable_roles(actor), offered)
    return form
