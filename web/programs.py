"""Which requests come from programs: those under the address of the API. Knows no view and no language's words."""

from __future__ import annotations

from typing import Final

from flask import has_request_context, request

API_ADDRESS: Final = "/api/v1"


def is_program() -> bool:
    """Whether the running request is one of the API: it carries a token and never a cookie."""
    return has_request_context() and (request.path + "/").startswith(API_ADDRESS + "/")


def program_language() -> str:
    """Return "zh" or "en", whichever the program likes better; Chinese when it asks for neither."""
    wanted = (tag.replace("_", "-").split("-")[0].lower() for tag in request.accept_languages.values())
    return next((language for language in wanted if language in {"zh", "en"}), "zh")
