"""From typed enterprises to sites: credit codes and full names, one a line. Knows no page."""

from __future__ import annotations

from data.enums import Targeting
from scheduler.errors import Fault, InvalidError
from scheduler.filing.names import load_sites, match_sites
from web.db import Session
from web.forms.plans import TaskForm

MOST_NAMED = 5


def find_sites(session: Session, form: TaskForm) -> tuple[str, ...]:
    """Return the uids of the sites that the form names.

    Raises InvalidError on field "site_uids": "unknown_sites" (names), "ambiguous_sites" (names).
    """
    lines = form.typed_sites()
    if form.targeting.data != Targeting.NAMED.value or not lines:
        return ()
    found = match_sites(load_sites(session, lines), "\n".join(lines))
    faults = []
    if found.unknown:
        faults.append(_fault("unknown_sites", found.unknown))
    if found.ambiguous:
        choices = [f"{name}（{'；'.join(label for _, label in sites)}）" for name, sites in found.ambiguous]
        faults.append(_fault("ambiguous_sites", tuple(choices)))
    if faults:
        raise InvalidError(*faults)
    return tuple(site.uid for site in found.sites)


def _fault(code: str, names: tuple[str, ...]) -> Fault:
    shown = "、".join(names[:MOST_NAMED]) + ("……" if len(names) > MOST_NAMED else "")
    return Fault(field="site_uids", code=code, params=(("names", shown), ("count", len(names))))
