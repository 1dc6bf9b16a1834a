"""`python -m web`: serve the pages with waitress. Reads the environment; knows no page."""

from __future__ import annotations

import logging
import os

import waitress  # type: ignore[import-untyped]

from scheduler.config import read_settings
from web import create_app, db

THREADS = 8


def main() -> None:
    """Serve on ONEDOOR_HOST:ONEDOOR_PORT until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = read_settings(os.environ)
    app = create_app(settings, db.open_engine(settings.database_url))
    waitress.serve(app, host=settings.host, port=settings.port, threads=THREADS, ident="")


if __name__ == "__main__":
    main()
