"""What the API takes beside the drafts of scheduler.filing, and everything that it gives. Knows no view and no table.

Inputs refuse what they do not name. Outputs are read from rows and value objects by the names of their attributes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final

from flask import request
from flask_openapi3 import FileStorage
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

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
from scheduler.filing.drafts import Draft, IsoDate, LongText, PlanDraft, ShortText, TaskDraft, Whole

MOST_PER_PAGE: Final = 200
LAST_PAGE: Final = 100_000

Instant = Annotated[
    datetime, PlainSerializer(lambda moment: moment.astimezone(DISTRICT_ZONE).isoformat(), return_type=str)
]
Text = Annotated[str, BeforeValidator(lambda value: value or "")]


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


_ETAG: Final = {"ETag": _header("版本，修改时写入 If-Match。Version, to be sent as If-Match.")}
_PAGES: Final = {"Link": _header("RFC 8288: first, prev, next, last")}


# --- addresses, queries and headers


class Address(BaseModel):
    """Base of the models of paths: an address that cannot be is answered 404."""

    model_config = ConfigDict(extra="forbid")


class UidPath(Address):
    uid: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class TaskPath(UidPath):
    task_uid: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class Query(BaseModel):
    """Base of the models of queries: one value a name, and no other names."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PageQuery(Query):
    page: Annotated[int, Field(ge=1, le=LAST_PAGE, description="第几页。Number of the page, from 1.")] = 1
    per_page: Annotated[int, Field(ge=1, le=MOST_PER_PAGE, description="每页条数。Entries a page.")] = 50


class SearchQuery(PageQuery):
    text: Annotated[str, Field(max_length=100, description="每个词都要出现。All words must occur.")] = ""


class PlanQuery(SearchQuery):
    status: PlanStatus | None = None
    round_uid: Annotated[str, Field(pattern="^[0-9a-f]{32}$")] | None = None


class EnterpriseQuery(SearchQuery):
    town_code: Annotated[str, Field(pattern="^[0-9]{1,12}$")] | None = None
    scenario_code: Annotated[str, Field(pattern="^[0-9A-Za-z_-]{1,40}$")] | None = None
    credit_class: CreditClass | None = None
    sort: Annotated[str, Field(pattern="^-?(name|credit_class)$|^credit_code$")] = "name"


class SiteQuery(SearchQuery):
    town_code: Annotated[str, Field(pattern="^[0-9]{1,12}$")] | None = None
    scenario_code: Annotated[str, Field(pattern="^[0-9A-Za-z_-]{1,40}$")] | None = None


class ItemQuery(SearchQuery):
    organisation_code: Annotated[str, Field(pattern="^[0-9A-Za-z_-]{1,40}$")] | None = None
    listed: ItemList | None = None


class UploadQuery(PageQuery):
    faulty_only: bool = False


Day = Annotated[IsoDate, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]


class VisitQuery(PageQuery):
    first: Annotated[Day, Field(description="起始日期，默认今天。First day, today when left out.")] | None = None
    last: Annotated[Day, Field(description="截止日期，默认 31 天后。Last day, 31 days on when left out.")] | None = None
    round_uid: Annotated[str, Field(pattern="^[0-9a-f]{32}$")] | None = None


class OnceHeader(BaseModel):
    """`Idempotency-Key`: the same request with the same key within 24 hours is done once."""

    key: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(default=None, alias="Idempotency-Key")


class IfMatchHeader(BaseModel):
    """`If-Match`: the ETag of what was read. Without it 428, with another one 412."""

    version: str | None = Field(default=None, alias="If-Match")


# --- inputs


class _Partial(BaseModel):
    """A change of some fields (RFC 7396): what is not named stays. Judged as a whole by the draft it is laid over."""

    model_config = ConfigDict(extra="allow")
    whole: ClassVar[type[Draft]]

    @classmethod
    def model_json_schema(
        cls,
        by_alias: bool | None = True,
        ref_template: str = "#/$defs/{model}",
        schema_generator: type[GenerateJsonSchema] = GenerateJsonSchema,
        mode: JsonSchemaMode = "validation",
        **kwargs: Any,
    ) -> dict[str, Any]:
        """The schema of the draft with nothing required."""
        schema = cls.whole.model_json_schema(bool(by_alias), ref_template, schema_generator, mode, **kwargs)
        return {**schema, "title": cls.__name__, "description": cls.__doc__, "required": []}


class PlanPatch(_Partial):
    """Fields of a plan to change."""

    whole = PlanDraft


class TaskPatch(_Partial):
    """Fields of a task to change."""

    whole = TaskDraft


class RowMend(Draft):
    """Texts to lay over the fields of a row, and whether it is left out of the import."""

    row_key: Annotated[LongText, Field(min_length=1)]
    values: Annotated[dict[str, str], Field(max_length=20)] = Field(default_factory=dict)
    leave_out: bool | None = None


class ImportWish(Draft):
    """What the plan of an upload shall be."""

    kind: PlanKind = PlanKind.RANDOM
    title: ShortText = ""


class SheetForm(BaseModel):
    """A plan sheet as people have it: xlsx, xls or csv, up to 10 MB."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    file: FileStorage
    year: Annotated[Whole, Field(ge=2015, le=2100)] | None = None
    # A uid of digits only would be read as a number.
    round_uid: Annotated[str, BeforeValidator(lambda _: request.form["round_uid"]), Field(max_length=40)] | None = None


# --- outputs


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
