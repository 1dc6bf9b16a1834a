"""The registry for programs: enterprises with their sites, and sites by search. Reads only."""

from __future__ import annotations

from flask import Response

from data.enums import ApiScope
from data.queries import registry
from data.queries.catalogue import get_scenario
from data.queries.pages import MOST_PER_PAGE
from data.queries.places import list_sites
from scheduler.errors import Fault, InvalidError, NotFoundError
from scheduler.permissions import may_see_registry
from web import db
from web.api.answers import document, listing, problems
from web.api.door import allows
from web.api.inputs import EnterpriseQuery, SiteQuery, UidPath
from web.api.schemas import EnterpriseLine, EnterpriseOut, EnterprisePage, SiteOut, SitePage
from web.api.wiring import resource
from web.errors import QUERY_MARK

enterprises = resource("enterprises", "/enterprises", "registry 监管名录")
sites = resource("sites", "/sites", "registry 监管名录")


@enterprises.get("", responses={200: EnterprisePage}, summary="查询企业 Search enterprises")
@allows(ApiScope.REGISTRY_READ, may_see_registry)
@db.commits
def index(query: EnterpriseQuery) -> Response:
    found = registry.list_enterprises(
        db.session(), text=query.text, town_id=_town_id(query.town_code), credit_class=query.credit_class,
        scenario_id=_scenario_id(query.scenario_code), sort=query.sort, page=query.page, per_page=query.per_page,
    )  # fmt: skip
    return listing(EnterprisePage, found, [EnterpriseLine.model_validate(row) for row in found.rows])


@enterprises.get("/<uid>", responses={200: EnterpriseOut, **problems(404)}, summary="读取企业 Read an enterprise")
@allows(ApiScope.REGISTRY_READ, may_see_registry)
@db.commits
def show(path: UidPath) -> Response:
    enterprise = registry.get_enterprise(db.session(), path.uid)
    found = list_sites(db.session(), enterprise_id=enterprise.id, status=None, per_page=MOST_PER_PAGE)
    own = {name: getattr(enterprise, name) for name in EnterpriseOut.model_fields if name != "sites"}
    return document(EnterpriseOut(**own, sites=[SiteOut.model_validate(row) for row in found.rows]))


@sites.get("", responses={200: SitePage}, summary="查询场所 Search sites")
@allows(ApiScope.REGISTRY_READ, may_see_registry)
@db.commits
def search(query: SiteQuery) -> Response:
    found = list_sites(
        db.session(), text=query.text, town_code=query.town_code, scenario_code=query.scenario_code,
        licence=query.licence, page=query.page, per_page=query.per_page,
    )  # fmt: skip
    return listing(SitePage, found, [SiteOut.model_validate(row) for row in found.rows])


def _town_id(code: str | None) -> int | None:
    if code is None:
        return None
    found = [town.id for town in registry.list_towns(db.session()) if town.code == code]
    if not found:
        raise InvalidError(Fault(field=f"{QUERY_MARK}town_code", code="unknown_choice"))
    return found[0]


def _scenario_id(code: str | None) -> int | None:
    if code is None:
        return None
    try:
        return get_scenario(db.session(), code).id
    except NotFoundError as error:
        raise InvalidError(Fault(field=f"{QUERY_MARK}scenario_code", code="unknown_choice")) from error
