"""The registry: enterprises, officers, organisations, items and scenarios; lists with search, and their pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from data.enums import CreditClass, ItemList
from data.queries import catalogue, officers, registry
from data.queries.licences import list_licences
from data.queries.organisations import list_organisations, organisation_names
from scheduler.permissions import may_see_registry
from scheduler.registry.maintenance import list_changes
from web import auth, db, phrases
from web.asked import asked_number
from web.rendering import kept_arguments, page, page_number, search_text

blueprint = Blueprint("registry", __name__, url_prefix="/registry")


@blueprint.get("/enterprises")
@auth.requires(may_see_registry)
@db.commits
def enterprises() -> Any:
    """List enterprises."""
    wanted = request.args.get("class", "")
    found = registry.list_enterprises(
        db.session(),
        text=search_text(),
        town_id=asked_number("town"),
        credit_class=CreditClass(wanted) if wanted in set(CreditClass) else None,
        scenario_id=asked_number("scenario"),
        sort=request.args.get("sort") or "name",
        page=page_number(),
    )
    return page(
        "registry/enterprises.html",
        found=found,
        arguments=kept_arguments(),
        towns=registry.list_towns(db.session()),
        scenarios=catalogue.scenarios_by_code(db.session()),
        classes=phrases.words(CreditClass),
    )


@blueprint.get("/enterprises/<uid>")
@auth.requires(may_see_registry)
@db.commits
def enterprise(uid: str) -> Any:
    """Show one enterprise with its sites and its history."""
    found = registry.get_enterprise(db.session(), uid)
    return page(
        "registry/enterprise.html",
        details=registry.enterprise_details(db.session(), found),
        changes=list_changes(db.session(), found),
        licences=list_licences(db.session(), found.id or 0),
    )


@blueprint.get("/officers")
@auth.requires(may_see_registry)
@db.commits
def officers_() -> Any:
    """List officers."""
    found = officers.list_officers(
        db.session(),
        text=search_text(),
        organisation_id=asked_number("organisation"),
        skill_id=asked_number("skill"),
        page=page_number(),
    )
    return page(
        "registry/officers.html",
        found=found,
        arguments=kept_arguments(),
        organisations=organisation_names(db.session()),
        skills=officers.list_skills(db.session()),
    )


@blueprint.get("/officers/<uid>")
@auth.requires(may_see_registry)
@db.commits
def officer(uid: str) -> Any:
    """Show one officer."""
    found = officers.get_officer(db.session(), uid)
    return page("registry/officer.html", details=officers.officer_details(db.session(), found))


@blueprint.get("/organisations")
@auth.requires(may_see_registry)
@db.commits
def organisations() -> Any:
    """List the bodies of the district."""
    return page("registry/organisations.html", rows=list_organisations(db.session()))


@blueprint.get("/items")
@auth.requires(may_see_registry)
@db.commits
def items() -> Any:
    """List inspection items."""
    wanted = request.args.get("listed", "")
    found = catalogue.list_items(
        db.session(),
        text=search_text(),
        organisation_id=asked_number("organisation"),
        scenario_id=asked_number("scenario"),
        listed=ItemList(wanted) if wanted in set(ItemList) else None,
        page=page_number(),
    )
    return page(
        "registry/items.html",
        found=found,
        arguments=kept_arguments(),
        organisations=organisation_names(db.session()),
        scenarios=catalogue.list_scenarios(db.session()),
        lists=phrases.words(ItemList),
    )


@blueprint.get("/scenarios")
@auth.requires(may_see_registry)
@db.commits
def scenarios() -> Any:
    """List scenarios with who leads and who joins."""
    return page("registry/scenarios.html", rows=catalogue.list_scenarios(db.session()))
