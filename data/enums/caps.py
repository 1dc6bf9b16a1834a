"""Caps: whose visits are counted together, and what happens to a place. A leaf: imports only the standard library."""

from enum import StrEnum


class CapHolder(StrEnum):
    """Whose inspections a cap counts together: one organ's, all of a level's (kind of body), or the district's."""

    ORGAN = "organ"
    LEVEL = "level"
    DISTRICT = "district"


class CapSubject(StrEnum):
    """What is counted: visits to an enterprise as a whole, or to one of its sites."""

    ENTERPRISE = "enterprise"
    SITE = "site"


class CapEventKind(StrEnum):
    """What happens to a place under a cap (b5). JOINED: it became part of a visit that is counted already (R35)."""

    OPENED = "opened"
    RESERVED = "reserved"
    BOUND = "bound"
    JOINED = "joined"
    USED = "used"
    RELEASED = "released"
