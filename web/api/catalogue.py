"""The catalogue for programs: items, scenarios, organisations, towns. Reads only."""

from __future__ import annotations

from flask import Response

from data.enums import ApiScope
from data.queries import catalogue
from data.queries.organisations import list_organisations, organisation_codes
from data.queries.registry import list_towns
from scheduler.errors import Fault, InvalidError
from scheduler.permissions import may_see_registry
from web import db
from web.api.answers import cut, listing
from web.api.door import allows
from web.api.inputs import ItemQuery, PageQuery
from web.api.schemas import (
    ItemOut,
    ItemPage,
    OrganisationOut,
    OrganisationPage,
    ScenarioOut,
    ScenarioPage,
    TownOut,
    TownPage,
)
from web.api.wiring import resource
from web.errors import QUERY_MARK

blueprint = resource("catalogue", "", "catalogue 事项与字典")


@blueprint.get("/items", responses={200: ItemPage}, summary="查询检查事项 Search items")
@allows(ApiScope.REGISTRY_READ, may_see_registry)
@db.commits
def items(query: ItemQuery) -> Response:
    codes = organisation_codes(db.session())
    if query.organisation_code is not None and query.organisation_code not in codes:
        raise InvalidError(Fault(field=f"{QUERY_MARK}organisation_code", code="unknown_choice"))
    found = catalogue.list_items(
        db.session(), text=query.text, organisation_id=codes.get(query.organisation_code or ""), listed=query.listed,
        page=query.page, per_page=query.per_page,
    )  # fmt: skip
    bodies = {key: code for code, key in codes.items()}
    rows = [
        ItemOut(
            **{name: getattr(row.item, name) for name in ItemOut.model_fields if name != "organisation_code"},
            organisation_code=bodies[row.item.organisation_id],
        )
        for row in found.rows
    ]
    return listing(ItemPage, found, rows)


@blueprint.get("/scenarios", responses={200: ScenarioPage}, summary="列出监管场景 List scenarios")
@allows(ApiScope.REGISTRY_READ, may_see_registry)
@db.commits
def scenarios(query: PageQuery) -> Response:
    found = cut(catalogue.list_scenarios(db.session()), query)
    rows = [
        ScenarioOut(
            code=row.scenario.code,
            name=row.scenario.name,
            name_en=row.scenario.name_en,
            lead_code=row.lead.code if row.lead else None,
            partner_codes=[one.code for one in row.partners],
        )
        for row in found.rows
    ]
    return listing(ScenarioPage, found, rows)


@blueprint.get("/organisations", responses={200: OrganisationPage}, summary="列出部门 List organisations")
@allows(ApiScope.REGISTRY_READ, may_see_registry)
@db.commits
def organisations(query: PageQuery) -> Response:
    found = cut(list_organisations(db.session()), query)
    counted = ("officers", "items")
    rows = [
        OrganisationOut(
            **{name: getattr(row.organisation, name) for name in OrganisationOut.model_fields if name not in counted},
            officers=row.officers,
            items=row.items,
        )
        for row in found.rows
    ]
    return listing(OrganisationPage, found, rows)


@blueprint.get("/towns", responses={200: TownPage}, summary="列出镇街 List towns")
@allows(ApiScope.REGISTRY_READ, may_see_registry)
@db.commits
def towns(query: PageQuery) -> Response:
    found = cut(list_towns(db.session()), query)
    return listing(TownPage, found, [TownOut.model_validate(row) for row in found.rows])
