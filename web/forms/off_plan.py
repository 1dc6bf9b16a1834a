"""What is said of a visit off plan. Knows no page and no row."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from data.enums import PlanTrigger
from scheduler.errors import Fault, InvalidError
from scheduler.fieldwork.off_plan import OffPlan
from scheduler.fieldwork.site_codes import site_of_token
from scheduler.filing.names import load_sites, match_sites
from web.db import Session
from web.forms.fieldwork import typed_arrival


def site_named(session: Session, secret: str, form: MultiDict[str, str]) -> tuple[str, str]:
    """(public id of the site, its code): the one whose code was scanned, else the one that the text names.

    Raises InvalidError "off_plan_site" (nothing, or nothing we know), "ambiguous_sites" (names).
    """
    token = form.get("token", "")
    scanned = site_of_token(secret, token) if token else None
    if scanned is not None:
        return scanned, token
    text = form.get("site", "").strip()
    found = match_sites(load_sites(session, [text]), text)
    if found.ambiguous:
        labels = [label for _name, sites in found.ambiguous for _uid, label in sites]
        raise InvalidError(Fault(field="site", code="ambiguous_sites", params=(("names", "；".join(labels)),)))
    if len(found.sites) != 1:
        raise InvalidError(Fault(field="site", code="off_plan_site"))
    return found.sites[0].uid, form.get("code", "").strip()


def off_plan_of(form: MultiDict[str, str], *, site_uid: str, code: str, site: str) -> OffPlan:
    """Read the rest. Raises InvalidError "date_parsing"."""
    trigger = form.get("trigger", "")
    return OffPlan(
        site_uid=site_uid,
        trigger=PlanTrigger(trigger) if trigger in set(PlanTrigger) else None,
        clue_number=form.get("clue_number", "").replace("\x00", "").strip(),
        reason=form.get("reason", "").replace("\x00", ""),
        items=tuple(form.getlist("items")),
        officers=tuple(form.getlist("officers")),
        # The title is kept and read by all: it is Chinese, whatever the page of its writer speaks.
        title=f"计划外检查：{site}",
        code=code,
        arrived_at=typed_arrival(form),
    )
