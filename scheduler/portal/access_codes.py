"""Codes on notices that open an enterprise's pages: issued, used, revoked, swept. Only hashes are kept.

A notice carries a long secret (in the QR code) and a short code to type beside the credit code. The long one has 256
bits; the short one 49, which is why guesses are counted. Both are computed from the code's public id with the service's
own key, so that a notice can be sent again or printed later, word for word, without its code being kept anywhere: who
only has the database has hashes, and cannot try all short codes either. Under another key old notices open as before,
but cannot be written again. Wrong, expired, used up and revoked are answered alike.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from data.models import AccessCode, Enterprise, FeedToken, User
from data.models.columns import new_uid
from data.queries.bulk import insert_rows
from scheduler.accounts import (
    SignIn,
    code_account,
    end_sessions,
    find_code_account,
    note_failure,
    open_without_password,
    refuse_locked,
)
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.config import Settings
from scheduler.errors import Fault, InvalidError, NotFoundError, NotPermittedError, TransitionError
from scheduler.permissions import Actor, may_coordinate
from scheduler.planning.drafts import chunks

SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Signs of a short code: none that is easily taken for another one."""
CODE_LENGTH: Final = 10
LIFETIME: Final = timedelta(days=90)
"""A notice comes weeks before its visit; a rating may follow weeks after it."""
MOST_USES: Final = 50
"""One small enterprise opens its notice a few times; a code that is passed around ends by itself."""
KEPT_FOR: Final = timedelta(days=30)
"""How long a code that opens nothing more still stands in the list of an enterprise, for whoever asks why."""
AT_ONCE: Final = 100
"""Codes in one link of the audit trail: a release may bring thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCode:
    """What is printed on a notice and kept nowhere: `secret` for the QR code, `code` to type."""

    row: AccessCode
    secret: str
    code: str

    @property
    def printed(self) -> str:
        """The short code in two halves, as it is easier to type."""
        half = CODE_LENGTH // 2
        return f"{self.code[:half]} {self.code[half:]}"


def issue_code(
    session: Session, clock: Clock, actor: Actor | None, enterprise: Enterprise, *, settings: Settings, visit: str = ""
) -> IssuedCode:
    """Make a code for a notice about `visit`; older codes stay good. `actor` None stands for the service.

    Raises NotPermittedError for anybody but a coordinator.
    """
    if actor is not None and not may_coordinate(actor):
        raise NotPermittedError
    issued = _made(clock, enterprise, key=settings.secret_key, visit=visit, actor=actor)
    row = issued.row
    session.add(row)
    session.flush()
    after = {"enterprise": enterprise.uid, "visit": visit}
    record(session, clock, actor, "access_code.issue", entity="access_code", entity_uid=row.uid, after=after)
    return issued


def issue_for_notices(session: Session, clock: Clock, visits: Mapping[int, str], *, key: str) -> dict[int, str]:
    """Make a code for each notice to an enterprise. `visits`: enterprise -> the first visit that it is told of.

    Returns enterprise -> public id of its code; what opens is computed when the notice leaves, see `find_opening`.
    """
    owners = _owners(session, sorted(visits))
    rows = [_columns(clock, owner, key=key, visit=visits[owner.row_id], uid=new_uid()) for owner in owners]
    insert_rows(session, AccessCode, rows)
    for start in range(0, len(rows), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        after = {"codes": [[row["uid"], owner.uid] for row, owner in zip(rows[part], owners[part], strict=True)]}
        record(session, clock, None, "access_code.issue", entity="access_code", entity_uid="", after=after)
    return {row["enterprise_id"]: row["uid"] for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """What a code is made from, of an enterprise."""

    row_id: int
    uid: str
    credit_code: str


def _owners(session: Session, ids: Sequence[int]) -> list[_Owner]:
    statement = select(Enterprise.id, Enterprise.uid, Enterprise.credit_code).order_by(col(Enterprise.id))
    return [
        _Owner(row_id=row_id or 0, uid=uid, credit_code=credit_code)
        for part in chunks(ids)
        for row_id, uid, credit_code in session.exec(statement.where(col(Enterprise.id).in_(part)))
    ]


def find_opening(session: Session, clock: Clock, uid: str, *, key: str) -> IssuedCode | None:
    """What opens by the code with this public id. None when it is gone or opens nothing, or the key is another now."""
    return find_openings(session, clock, [uid], key=key).get(uid)


def find_openings(session: Session, clock: Clock, uids: Iterable[str], *, key: str) -> dict[str, IssuedCode]:
    """The same for many, by public id; what opens nothing is left out."""
    found = {}
    for part in chunks(sorted(set(uids))):
        for row in session.exec(select(AccessCode).where(col(AccessCode.uid).in_(part))):
            secret, code = _computed(key, row.uid)
            if _holds(clock, row) and row.secret_hash == _secret_hash(secret):
                found[row.uid] = IssuedCode(row=row, secret=secret, code=code)
    return found


def forget_codes(session: Session, clock: Clock) -> int:
    """Delete codes that have opened nothing for a month; return how many went. The trail says whose they were."""
    end = clock.now() - KEPT_FOR
    statement = sa.delete(AccessCode).where(sa.or_(col(AccessCode.expires_at) < end, col(AccessCode.revoked_at) < end))
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def sign_in_by_secret(session: Session, clock: Clock, secret: str, *, address: str, settings: Settings) -> SignIn:
    """Open a session with the secret of a QR code.

    Raises InvalidError "wrong_code" or "too_many_codes". Catch it inside the unit of work: the count must be kept.
    """
    wanted = _secret_hash(secret)
    found = session.exec(select(AccessCode).where(AccessCode.secret_hash == wanted)).first()
    # Guesses are counted by address: under one name for all links, a few wrong ones would shut out everybody.
    return _sign_in(session, clock, found, name=f"link:{wanted[:32]}", address=address, settings=settings)


def sign_in_by_code(
    session: Session, clock: Clock, *, credit_code: str, code: str, address: str, settings: Settings
) -> SignIn:
    """Open a session with credit code and short code, however they are spaced or cased. Raises as `…_by_secret`."""
    owner, typed = _plain(credit_code), _plain(code)
    wanted = _code_hash(settings.secret_key, owner, typed)
    found = session.exec(select(AccessCode).where(AccessCode.code_hash == wanted)).first()
    return _sign_in(session, clock, found, name=f"code:{owner}", address=address, settings=settings)


def is_good(session: Session, clock: Clock, secret: str) -> bool:
    """Whether a secret would open something now; for a page that asks before it does. Only reads."""
    found = session.exec(select(AccessCode).where(AccessCode.secret_hash == _secret_hash(secret))).first()
    return found is not None and _holds(clock, found)


def list_codes(session: Session, enterprise: Enterprise) -> list[AccessCode]:
    """The codes of an enterprise, newest first."""
    order = (col(AccessCode.issued_at).desc(), col(AccessCode.id).desc())
    return list(session.exec(select(AccessCode).where(AccessCode.enterprise_id == enterprise.id).order_by(*order)))


def get_code(session: Session, actor: Actor, uid: str) -> AccessCode:
    """Raises NotFoundError for an unknown code and for anybody but a coordinator."""
    found = session.exec(select(AccessCode).where(AccessCode.uid == uid)).first() if may_coordinate(actor) else None
    if found is None:
        raise NotFoundError("access_code", uid)
    return found


def owner_uid(session: Session, row: AccessCode) -> str:
    """The public id of a code's enterprise."""
    return session.get_one(Enterprise, row.enterprise_id).uid


def revoke_code(session: Session, clock: Clock, actor: Actor, row: AccessCode) -> None:
    """End a code, whoever is signed in by one of the enterprise's codes, and the feeds that were made that way.

    Raises NotPermittedError, or TransitionError for a code that was revoked before.
    """
    if not may_coordinate(actor):
        raise NotPermittedError
    if row.revoked_at is not None:
        raise TransitionError(entity="access_code", status="revoked", event="revoke")
    row.revoked_at = clock.now()
    session.add(row)
    account = find_code_account(session, session.get_one(Enterprise, row.enterprise_id))
    if account is not None:
        end_sessions(session, clock, account)
        _end_feeds(session, clock, account)
    session.flush()
    record(session, clock, actor, "access_code.revoke", entity="access_code", entity_uid=row.uid)


def _sign_in(
    session: Session, clock: Clock, row: AccessCode | None, *, name: str, address: str, settings: Settings
) -> SignIn:
    try:
        refuse_locked(session, clock, name=name, address=address)
    except InvalidError as error:
        # Who holds a notice has no password that somebody could set anew.
        (fault,) = error.faults
        raise InvalidError(Fault(field="code", code="too_many_codes", params=fault.params)) from error
    account = None
    if row is not None and _holds(clock, row):
        account = code_account(session, clock, session.get_one(Enterprise, row.enterprise_id))
    if row is None or account is None or not account.active:
        note_failure(session, clock, name=name, address=address)
        raise InvalidError(Fault(field="code", code="wrong_code"))
    row.uses, row.last_used_at = row.uses + 1, clock.now()
    session.add(row)
    opened = open_without_password(session, clock, account, settings)
    record(session, clock, opened.actor, "account.sign_in", entity="access_code", entity_uid=row.uid)
    return opened


def _holds(clock: Clock, row: AccessCode) -> bool:
    return row.revoked_at is None and row.expires_at > clock.now() and row.uses < MOST_USES


def _end_feeds(session: Session, clock: Clock, account: User) -> None:
    session.exec(
        update(FeedToken)
        .where(col(FeedToken.created_by_id) == account.id, col(FeedToken.revoked_at).is_(None))
        .values(revoked_at=clock.now())
    )


def _made(clock: Clock, enterprise: Enterprise, *, key: str, visit: str, actor: Actor | None = None) -> IssuedCode:
    uid = new_uid()
    secret, code = _computed(key, uid)
    owner = _Owner(row_id=enterprise.id or 0, uid=enterprise.uid, credit_code=enterprise.credit_code)
    columns = _columns(clock, owner, key=key, visit=visit, uid=uid, actor=actor)
    return IssuedCode(row=AccessCode(**columns), secret=secret, code=code)


def _columns(
    clock: Clock, owner: _Owner, *, key: str, visit: str, uid: str, actor: Actor | None = None
) -> dict[str, Any]:
    """The row of a code: hashes of what opens, never that itself."""
    secret, code = _computed(key, uid)
    return {
        "uid": uid,
        "enterprise_id": owner.row_id,
        "visit_uid": visit,
        "secret_hash": _secret_hash(secret),
        "code_hash": _code_hash(key, owner.credit_code, code),
        "issued_by_id": actor.user_id if actor else None,
        "issued_at": clock.now(),
        "expires_at": clock.now() + LIFETIME,
    }


def _computed(key: str, uid: str) -> tuple[str, str]:
    """Secret and short code of a public id. The signs of the code are digits of a number of 256 bits: evenly spread."""
    secret = urlsafe_b64encode(_keyed(key, f"onedoor notice secret|{uid}")).decode().rstrip("=")
    number = int.from_bytes(_keyed(key, f"onedoor notice code|{uid}"))
    digits = [number // len(SIGNS) ** place % len(SIGNS) for place in range(CODE_LENGTH)]
    return secret, "".join(SIGNS[digit] for digit in digits)


def _keyed(key: str, text: str) -> bytes:
    return hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _plain(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())[:40]


def _secret_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _code_hash(key: str, credit_code: str, code: str) -> str:
    return _keyed(key, f"onedoor access code|{credit_code}|{code}").hex()
