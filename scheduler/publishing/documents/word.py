"""Fill Word templates (.docx) with docxtpl: an office edits the template in its word processor. Knows no visit."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final

import segno
from docx.opc.exceptions import OpcError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import SandboxedEnvironment

from scheduler.publishing.documents.typesetting import Press, TemplateError

QR_SIDE: Final = Mm(24)
_FIXED_TIME: Final = (2000, 1, 1, 0, 0, 0)


def fill(press: Press, template: str, content: Mapping[str, Any]) -> bytes:
    """Fill one document from `template` (name without ending). Raises TemplateError with the place of the fault.

    A template may come from an office, so that it runs in a sandbox; an unknown field is a fault and no gap.
    """
    place = press.find_template(f"{template}.docx")
    try:
        document = DocxTemplate(str(place))
        values = dict(content)
        if "address" in values:
            values["qr_image"] = InlineImage(document, _qr_png(str(values["address"])), width=QR_SIDE, height=QR_SIDE)
        document.render(values, SandboxedEnvironment(undefined=StrictUndefined), autoescape=True)
    except (JinjaError, OpcError, zipfile.BadZipFile, SyntaxError, KeyError, ValueError) as error:
        raise TemplateError(template=place.name, place=str(error)) from error
    stream = io.BytesIO()
    document.save(stream)
    return _same_bytes(stream.getvalue())


def _qr_png(text: str) -> io.BytesIO:
    stream = io.BytesIO()
    segno.make(text, error="m").save(stream, kind="png", scale=8, border=0)
    stream.seek(0)
    return stream


def _same_bytes(content: bytes) -> bytes:
    """The same archive with a fixed time on every part: the same visit gives the same file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            made.writestr(zipfile.ZipInfo(name, _FIXED_TIME), given.read(name), zipfile.ZIP_DEFLATED)
    return stream.getvalue()
