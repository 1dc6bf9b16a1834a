"""Everything that the API gives: read from rows and value objects by the names of their attributes. Knows no view."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from data.enums import (
    CreditClass,
    ItemList,
    NoticeMode,
    OrganisationKind,
    PlanKind,
    PlanSource,
    PlanStatus,
    RecordStatus,
    RoundKind,
    RoundStatus,
    Targeting,
    TownKind,
    UploadStatus,
    VisitStatus,
)
from scheduler.clock import DISTRICT_ZONE

Instant = Annotated[
    datetime, PlainSerializer(lambda moment: moment.astimezone(DISTRICT_ZONE).isoformat(), return_type=str)
]


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


_ETAG: Final = {"ETag": _header("版本，修改时写入 If-Match。Version, to be sent as If-Match.")}
_PAGES: Final = {"Link": _header("RFC 8288: first, prev, next, last")}


class Out(BaseModel):
    """Base of what is given: read from attributes."""

    model_config = ConfigDict(from_attributes=True)


class Tagged(Out):
    """Base of what is given with an ETag."""

    model_config = ConfigDict(openapi_extra={"headers": _ETAG})  # type: ignore[typeddict-unknown-key]


class Listed(Out):
    """Base of a page of a list."""

    model_config = ConfigDict(openapi_extra={"headers": _PAGES})  # type: ignore[typeddict-unknown-key]

    page: int
    per_page: int
    total: int


class ProblemPart(BaseModel):
    """One thing wrong: where it stands, a stable code with its figures, and words in the language asked for."""

    pointer: str | None = None
    parameter: str | None = None
    code: str
    params: dict[str, Any] = Field(default_factory=dict)
    detail: str


class Problem(BaseModel):
    """A refusal (RFC 9457). `code` and `params` are stable; `title` is in the language of Accept-Language."""

    type: str
    title: str
    status: int
    code: str
    params: dict[str, Any]
    request_id: str
    errors: list[ProblemPart] = Field(default_factory=list)


class PlanOut(Tagged):
    """A plan. `obstacles`: what stands in the way of submitting it, for those who may."""

    uid: str
    title: str
    organisation: str
    kind: PlanKind
    source: PlanSource
    status: PlanStatus
    period_first: date
    period_last: date
    round_uid: str | None
    tasks: int
    version: int
    returned_reason: str
    created_at: Instant
    submitted_at: Instant | None
    filed_at: Instant | None
    obstacles: list[ProblemPart]


class PlanLine(Out):
    """A plan in a list."""

    uid: str
    title: str
    organisation: str
    kind: PlanKind
    source: PlanSource
    status: PlanStatus
    period_first: date
    period_last: date
    round_uid: str | None
    tasks: int
    version: int
    created_at: Instant
    submitted_at: Instant | None


class PlanPage(Listed):
    items: list[PlanLine]


class TaskItemOut(Out):
    text: str
    item_uid: str | None


class TaskOut(Tagged):
    """A task; its ETag is the version of its plan. `requests`: how many visits were asked for because of it."""

    uid: str
    position: int
    number: str
    name: str
    target_text: str
    scenario_code: str | None
    town_code: str | None
    targeting: Targeting
    site_uids: list[str]
    first_date: date
    last_date: date
    ratio: float | None
    quantity: int | None
    ratio_by_class: dict[CreditClass, float] | None
    quarters: int
    inspectors: int
    priority: int
    joint: bool
    separate_reason: str
    notice_mode: NoticeMode
    skill_code: str | None
    items: list[TaskItemOut]
    partner_codes: list[str]
    draw_uid: str | None
    requests: int


class TaskPage(Listed):
    items: list[TaskOut]


class UploadLine(Out):
    """An uploaded sheet in a list."""

    uid: str
    filename: str
    sha256: str
    status: UploadStatus
    year: int | None
    uploaded_at: Instant
    version: int


class UploadPage(Listed):
    items: list[UploadLine]


class CandidateOut(Out):
    """A text that would mend a field, and its name for people."""

    text: str
    name: str


class FieldOut(Out):
    """A field of a row: what stands there, what it was read as, what is wrong, what would mend it."""

    text: str
    value: str
    fault: ProblemPart | None
    hint: str | None
    proposal: str | None
    candidates: list[CandidateOut]
    mended: bool


class RowOut(Out):
    """A row of a sheet under review."""

    key: str
    sheet: str | None
    row: int | None
    title: str
    left_out: bool
    already_there: bool
    ready: bool
    fields: dict[str, FieldOut]


class FileFaultOut(Out):
    """What is wrong with the file beside its rows."""

    code: str
    detail: str
    text: str | None
    sheet: str | None
    row: int | None
    cell: str | None


class UploadOut(Tagged):
    """An uploaded sheet with a page of its rows. `ready`: nothing stands in the way of the import."""

    uid: str
    filename: str
    sha256: str
    status: UploadStatus
    year: int | None
    uploaded_at: Instant
    version: int
    period_first: date
    period_last: date
    rows_total: int
    rows_faulty: int
    rows_left_out: int
    rows_already_there: int
    ready: bool
    file_faults: list[FileFaultOut]
    page: int
    per_page: int
    total: int
    rows: list[RowOut]


class ImportOut(Out):
    """What an import did; `plan_uid` is null when everything was there already."""

    plan_uid: str | None
    added: int
    already_there: int
    left_out: int


class EnterpriseLine(Out):
    """An enterprise in a list. `synthetic`: made up, of the sample district."""

    uid: str
    credit_code: str
    name: str
    industry_code: str
    credit_class: CreditClass
    credit_month: date
    status: RecordStatus
    synthetic: bool
    sites: int
    towns: list[str]


class EnterprisePage(Listed):
    items: list[EnterpriseLine]


class SiteOut(Out):
    """A site of an enterprise."""

    uid: str
    name: str
    address: str
    enterprise_uid: str
    enterprise: str
    credit_code: str
    credit_class: CreditClass
    town_code: str
    scenario_code: str | None
    lon: float
    lat: float
    status: RecordStatus
    synthetic: bool


class SitePage(Listed):
    items: list[SiteOut]


class EnterpriseOut(Out):
    """An enterprise with its sites."""

    uid: str
    credit_code: str
    name: str
    industry_code: str
    credit_class: CreditClass
    credit_month: date
    status: RecordStatus
    synthetic: bool
    sites: list[SiteOut]


class ItemOut(Out):
    """An inspection item of the published lists."""

    uid: str
    code: str
    name: str
    organisation_code: str
    listed: ItemList
    legal_basis: str
    status: RecordStatus


class ItemPage(Listed):
    items: list[ItemOut]


class ScenarioOut(Out):
    """A scenario (一件事场景) with who leads and who joins."""

    code: str
    name: str
    name_en: str
    lead_code: str | None
    partner_codes: list[str]


class ScenarioPage(Listed):
    items: list[ScenarioOut]


class OrganisationOut(Out):
    """A body of the district with how many active officers and items it has."""

    code: str
    name: str
    short_name: str
    name_en: str
    kind: OrganisationKind
    officers: int
    items: int


class OrganisationPage(Listed):
    items: list[OrganisationOut]


class TownOut(Out):
    """A town or subdistrict."""

    code: str
    name: str
    name_en: str
    kind: TownKind


class TownPage(Listed):
    items: list[TownOut]


class RoundOut(Out):
    """A coordination round; plans are taken while it is open and before `filing_until`."""

    uid: str
    name: str
    kind: RoundKind
    status: RoundStatus
    period_first: date
    period_last: date
    filing_until: Instant


class RoundPage(Listed):
    items: list[RoundOut]


class SavingOut(Out):
    """One line of the comparison between going alone and going together."""

    key: str
    name: str
    requests: int
    visits_without: int
    visits_with: int
    notices_without: int
    notices_with: int
    trips_without: int
    trips_with: int
    joint_visits: int


class FiguresOut(Out):
    """What coordination saves in a round."""

    requests: int
    scheduled: int
    left_out: int
    visits_without: int
    visits_with: int
    notices_without: int
    notices_with: int
    trips_without: int
    trips_with: int
    joint_visits: int
    joint_rate: float
    mergeable: int
    merged: int
    merge_rate: float
    people_days: int
    by_class: list[SavingOut]
    by_organisation: list[SavingOut]


class VisitOut(Out):
    """A published visit. Times are the district's; `departments`: short names, the lead first."""

    uid: str
    round_uid: str
    day: date
    starts_at: datetime
    ends_at: datetime
    site_uid: str
    site: str
    address: str
    enterprise_uid: str
    enterprise: str
    town: str
    departments: list[str]
    people: int
    joint: bool
    notice_mode: NoticeMode
    status: VisitStatus


class VisitPage(Listed):
    items: list[VisitOut]


class ReleaseOut(Out):
    """A sealed release. `content_hash`: SHA-256 of its visits."""

    number: int
    uid: str
    content_hash: str
    publish_at: Instant
    sealed_at: Instant
    late_seconds: int
    comment: str


class ReleasePage(Listed):
    items: list[ReleaseOut]
