"""Addresses of one recipient beside the inbox. They are shown masked; a new one takes the place of the old."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from data.enums import Channel, RecipientKind
from scheduler.errors import NotFoundError
from scheduler.permissions import may_deliver
from scheduler.publishing import addresses
from web import auth, db
from web.forms.outbox import ContactForm
from web.rendering import after_post, faults_to, form_page

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")


@blueprint.route("/<kind>/<uid>", methods=["GET", "POST"])
@auth.requires(may_deliver)
@db.commits
def edit(kind: str, uid: str) -> Any:
    """Show and change the addresses of an enterprise, an officer or an organisation (by its code)."""
    if kind not in set(RecipientKind):
        raise NotFoundError("contact", kind)
    session, recipient = db.session(), addresses.find_recipient(db.session(), RecipientKind(kind), uid)
    form = ContactForm()
    if form.validate_on_submit():
        with faults_to(form):
            addresses.set_contact(
                session, db.clock(), auth.actor(), recipient,
                channel=Channel(form.channel.data), address=form.address.data or "",
            )  # fmt: skip
            return after_post("contacts.edit", _("联系方式已保存。"), kind=kind, uid=uid)
    rows = [
        (row.channel, addresses.mask(row.address)) for row in addresses.list_contacts(session, recipient) if row.active
    ]
    name = addresses.recipient_names(session, [recipient])[recipient]
    return form_page("contacts/edit.html", form, name=name, kind=RecipientKind(kind), rows=rows)
