"""`python -m web`: serve the pages with waitress. Reads the environment; knows no page."""

from __future__ import annotations

import logging
import os
import sys

import waitress  # type: ignore[import-untyped]

from scheduler import memory
from scheduler.config import read_settings
from web import create_app, db

THREADS = 8


def main() -> None:
    """Serve on ONEDOOR_HOST:ONEDOOR_PORT until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = read_settings(os.environ)
    app = create_app(settings, db.open_engine(settings.database_url))
    server = waitress.create_server(app, host=settings.host, port=settings.port, threads=THREADS, ident="")
    memory.settle()
    # Said once the port is open: whoever clicks on the address at once shall not be refused.
    sys.stderr.write(f"· OneDoor 一门: {settings.base_url}\n")
    server.run()


if __name__ == "__main__":
    main()
