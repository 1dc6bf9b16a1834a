"""Mappings of data for others: lists and writes them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from scheduler.exports.mapping import SAMPLE
from scheduler.exports.mappings import get_mapping, kinds_of, list_mappings, retire_mapping, save_mapping
from scheduler.permissions import may_administer, may_export
from web import auth, db
from web.forms.exports import MappingForm
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("mappings", __name__, url_prefix="/mappings")


@blueprint.get("")
@auth.requires(may_export)
@db.commits
def index() -> Any:
    """List the mappings with the tables that they speak of."""
    rows = [(one, kinds_of(one.content)) for one in list_mappings(db.session(), auth.actor())]
    return page("mappings/index.html", rows=rows)


@blueprint.route("/new", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def create() -> Any:
    """Write a mapping; the sample stands in the form to begin with."""
    form = MappingForm()
    if request.method == "GET":
        form.content.data = SAMPLE.read_text(encoding="utf-8")
    return _saved(form, None)


@blueprint.route("/<uid>", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def edit(uid: str) -> Any:
    """Change a mapping."""
    found = get_mapping(db.session(), auth.actor(), uid)
    return _saved(MappingForm(obj=found), found)


@blueprint.post("/<uid>/retire")
@auth.requires(may_administer)
@db.commits
def retire(uid: str) -> Any:
    """Take a mapping out of use."""
    found = get_mapping(db.session(), auth.actor(), uid)
    retire_mapping(db.session(), db.clock(), auth.actor(), found)
    return after_post("mappings.index", _("映射已停用。再用同一名称新建，就会恢复。"))


def _saved(form: MappingForm, found: Any) -> Any:
    if form.validate_on_submit():
        with faults_to(form):
            save_mapping(db.session(), db.clock(), auth.actor(), found, name=form.name.data, content=form.content.data)
            return after_post("mappings.index", _("映射已保存。"))
    return form_page("mappings/form.html", form, mapping=found)
