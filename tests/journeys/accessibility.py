"""axe-core on a page of the browser: what it finds serious or critical. The file comes from npm with set-up."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from playwright.sync_api import Page

AXE: Final = Path(__file__).resolve().parents[2] / "web" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS: Final = frozenset({"serious", "critical"})


def serious_findings(page: Page) -> list[str]:
    """Return the rule, the impact and the places of every serious finding on the page as it stands."""
    # The page's own policy forbids foreign scripts; a script run by the browser's driver is none of the page's.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']} ({one['impact']}): {'; '.join(node['html'][:120] for node in one['nodes'][:3])}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]
