"""What the API takes beside the drafts of scheduler.filing: addresses, queries, headers and bodies. Knows no view.

Inputs refuse what they do not name.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Final

from flask import request
from flask_openapi3 import FileStorage
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from data.enums import CreditClass, ItemList, PlanKind, PlanStatus
from scheduler.filing.drafts import Draft, IsoDate, LongText, PlanDraft, ShortText, TaskDraft, Whole

MOST_PER_PAGE: Final = 200
LAST_PAGE: Final = 100_000


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
    licence: Annotated[str, Field(max_length=60)] = ""
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
