"""Requests that change something: run in one transaction, and with an Idempotency-Key only once. Knows no resource."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from flask import Response, g, make_response, request

from scheduler.errors import ConflictError
from scheduler.kept_answers import LONGEST_KEY, StoredAnswer, claim_key, find_answer, keep_answer
from web import db
from web.errors import RequestError

View = Callable[..., Any]
KEY: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
KEPT_HEADERS: Final = ("Content-Type", "ETag", "Location")


def commits_once(view: View) -> View:
    """Run the view in its transaction; a request whose key was answered before gets that answer again.

    A refused request (400 and above) is rolled back with its key: it may be mended and sent again with the same key.
    """
    committing = db.commits(_keeping(view))

    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        if KEY not in request.headers:
            return committing(*args, **kwargs)
        try:
            return committing(*args, **kwargs)
        except ConflictError:
            # Another request with this key has just been answered: it held the key while this one waited for it.
            with db.own_reading() as session:
                kept = find_answer(session, db.clock(), **_claim())
            if kept is None:
                raise
            return _replay(kept)

    run.transactional = True  # type: ignore[attr-defined]
    return run


def _keeping(view: View) -> View:
    @wraps(view)
    def keep(*args: Any, **kwargs: Any) -> Response:
        if KEY not in request.headers:
            return make_response(view(*args, **kwargs))
        claim = _claim()
        kept = find_answer(db.session(), db.clock(), **claim)
        if kept is not None:
            return _replay(kept)
        row = claim_key(db.session(), db.clock(), **claim)
        response = make_response(view(*args, **kwargs))
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        answer = StoredAnswer(status=response.status_code, headers=headers, body=response.get_data(as_text=True))
        keep_answer(db.session(), row, answer)
        return response

    return keep


def _claim() -> dict[str, Any]:
    key = request.headers[KEY]
    if not key or len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise RequestError(HTTPStatus.BAD_REQUEST, "bad_key", most=LONGEST_KEY)
    return {"token_id": g.token_use.token_id, "key": key, "request_hash": _fingerprint()}


def _fingerprint() -> str:
    """SHA-256 of what is asked. Forms with the same fields and files are the same, whatever separates their parts."""
    if request.mimetype == "multipart/form-data":
        content = json.dumps([sorted(request.form.items(multi=True)), *map(_file_mark, sorted(request.files))])
    else:
        content = hashlib.sha256(request.get_data(cache=True)).hexdigest()
    whole = f"{request.method}\n{request.full_path}\n{content}"
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def _file_mark(name: str) -> list[str]:
    file = request.files[name]
    digest = hashlib.sha256(file.stream.read()).hexdigest()
    file.stream.seek(0)
    return [name, file.filename or "", digest]


def _replay(kept: StoredAnswer) -> Response:
    response = Response(kept.body, status=kept.status, headers=kept.headers)
    response.headers[REPLAYED] = "true"
    return response
