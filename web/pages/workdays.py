"""The working calendar: a year at a glance, and the upload of days."""

from __future__ import annotations

from calendar import Calendar
from datetime import date
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from scheduler.clock import today
from scheduler.permissions import may_administer
from scheduler.workday_uploads import list_overrides, upload_days
from scheduler.workdays import load_calendar
from web import auth, db
from web.forms.workdays import DaysForm
from web.rendering import after_post, faults_to, form_page

blueprint = Blueprint("workdays", __name__, url_prefix="/working-calendar")
EARLIEST_YEAR, LATEST_YEAR = 2004, 2099
MONTHS = range(1, 13)


@blueprint.route("", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def show() -> Any:
    """Show a year; take a file of days."""
    form = DaysForm()
    if form.validate_on_submit():
        with faults_to(form):
            done = upload_days(db.session(), db.clock(), auth.actor(), content=form.file.data.read())
            text = _("已更新工作日历：新增 %(added)s 天，变更 %(changed)s 天。", added=done.added, changed=done.changed)
            return after_post("workdays.show", text)
    year = min(max(request.args.get("year", default=today(db.clock()).year, type=int), EARLIEST_YEAR), LATEST_YEAR)
    return form_page(
        "workdays/show.html",
        form,
        year=year,
        months=[(date(year, month, 1), Calendar().monthdatescalendar(year, month)) for month in MONTHS],
        calendar=load_calendar(db.session()),
        overrides=list_overrides(db.session(), year),
    )
