"""The code that hangs at a site: whoever has scanned or typed it has been there. Knows no visit and no page.

A code is an HMAC (RFC 2104) of the site's public id, so that nothing has to be kept and none can be invented. It is
printed and can be photographed: it shows that somebody has seen it, and a check-in by it is still one of a named
officer on a named day.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
from typing import Final

import segno
from sqlmodel import Session, col, select

from data.models import Enterprise, Site
from scheduler.errors import NotFoundError
from scheduler.permissions import Actor, may_see_registry

PURPOSE: Final = "onedoor site code 1"
SHORT_LENGTH: Final = 10
"""Fifty bits: no guessing, and few enough to be typed."""
SIGNATURE_LENGTH: Final = 26
_GROUP: Final = 5


def get_site(session: Session, actor: Actor, site_uid: str) -> tuple[Site, Enterprise]:
    """A site and its enterprise, for a sheet to print. Raises NotFoundError, also for who may not see the registry."""
    found = session.exec(
        select(Site, Enterprise)
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(Site.uid == site_uid)
    ).first()
    if found is None or not may_see_registry(actor):
        raise NotFoundError("site", site_uid)
    return found


def site_token(secret: str, site_uid: str) -> str:
    """The text that the QR code carries: public id and signature."""
    return f"{site_uid}.{_digest(secret, site_uid)[:SIGNATURE_LENGTH].lower()}"


def site_of_token(secret: str, token: str) -> str | None:
    """The public id of the site of a token; None when the signature is not ours."""
    site_uid, _, signature = token.partition(".")
    expected = _digest(secret, site_uid)[:SIGNATURE_LENGTH].lower()
    return site_uid if hmac.compare_digest(signature.encode(), expected.encode()) else None


def short_code(secret: str, site_uid: str) -> str:
    """The code to type: ten letters and digits in two groups."""
    code = _digest(secret, site_uid)[-SHORT_LENGTH:]
    return f"{code[:_GROUP]}-{code[_GROUP:]}"


def opens(secret: str, site_uid: str, typed: str) -> bool:
    """Whether what was typed or scanned is the code of this site, in either form; blanks, hyphens and case are free."""
    if "." in typed:
        return site_of_token(secret, typed.strip().rsplit("/", 1)[-1]) == site_uid
    plain = "".join(sign for sign in typed.upper() if sign.isalnum())
    # Base 32 has neither of these; who reads them means the letters that look alike.
    plain = plain.replace("0", "O").replace("1", "I").replace("8", "B")
    return hmac.compare_digest(plain.encode(), short_code(secret, site_uid).replace("-", "").encode())


def qr_svg(address: str) -> str:
    """The QR code of an address as an SVG element without style or script."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, scale=6, border=4, svgclass="qr", lineclass=None, nl=False
    )
    return out.getvalue().decode("utf-8")


def _digest(secret: str, site_uid: str) -> str:
    key = hashlib.sha256(f"{PURPOSE}:{secret}".encode()).digest()
    return base64.b32encode(hmac.new(key, site_uid.encode(), hashlib.sha256).digest()).decode().rstrip("=")
