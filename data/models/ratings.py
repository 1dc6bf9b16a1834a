"""Anonymous ratings (R70). No row here leads from a rating to an enterprise or a visit.

A rating is written with a slip: a random token of which only the hash is kept, without enterprise, visit or time, and
which is deleted when it is used. Keys are random and tables have no row numbers, so that no order tells who came when.
"""

from datetime import date

from sqlmodel import Field, SQLModel

from data.enums import RatingQuestion
from data.models.columns import UID_LENGTH, check, enum_field, fk, json_field, new_uid, text_field

WITHOUT_ORDER = {"sqlite_with_rowid": False}


def _random_key() -> str:
    return Field(default_factory=new_uid, max_length=UID_LENGTH, primary_key=True)  # type: ignore[no-any-return]


class RatingIssue(SQLModel, table=True):
    """For this visit a slip was handed out: the only thing kept on the enterprise's side."""

    __table_args__ = (WITHOUT_ORDER,)

    visit_uid: str = Field(max_length=32, primary_key=True)


class RatingSlip(SQLModel, table=True):
    """The right to rate once. `organisation_ids`: the bodies that were there."""

    __table_args__ = (WITHOUT_ORDER,)

    token_hash: str = Field(max_length=64, primary_key=True)
    organisation_ids: list[int] = json_field()


class Rating(SQLModel, table=True):
    """Stars of one question for one body in a quarter (its first day). One person's answers do not hang together."""

    __table_args__ = (check("stars", "stars BETWEEN 1 AND 5"), WITHOUT_ORDER)

    key: str = _random_key()
    organisation_id: int = fk("organisation.id")
    quarter: date
    question: RatingQuestion = enum_field(RatingQuestion)
    stars: int


class RatingText(SQLModel, table=True):
    """What somebody wrote in a quarter, beside no body and no stars: a sentence betrays more than a figure."""

    __table_args__ = (WITHOUT_ORDER,)

    key: str = _random_key()
    quarter: date
    text: str = text_field()
