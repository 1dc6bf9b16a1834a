"""The API's own description: OpenAPI 3.1, for officials who are signed in and for every live token."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, current_app, g

from scheduler.errors import NotPermittedError
from scheduler.permissions import is_official
from web import db
from web.api.door import authenticate
from web.programs import API_ADDRESS

blueprint = Blueprint("api_document", __name__, url_prefix=API_ADDRESS)


@blueprint.get("/openapi.json")
@db.commits
def show() -> Response:
    """Hand out the description."""
    actor = g.actor or authenticate().actor
    if not is_official(actor):
        raise NotPermittedError
    described: Any = current_app
    return Response(json.dumps(described.api_doc, ensure_ascii=False), mimetype="application/json")


show.policy = is_official  # type: ignore[attr-defined]
