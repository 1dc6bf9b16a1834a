"""Who acts, and what a program may do. A leaf: imports only the standard library."""

from enum import StrEnum


class Role(StrEnum):
    CLERK = "clerk"
    HEAD = "head"
    LEGAL = "legal"
    OFFICER = "officer"
    COORDINATOR = "coordinator"
    APPROVER = "approver"
    SUPERVISOR = "supervisor"
    ENTERPRISE = "enterprise"
    ADMINISTRATOR = "administrator"


class ApiScope(StrEnum):
    """What a program may do with its token, beside what the token's role allows."""

    PLANS_READ = "plans:read"
    PLANS_WRITE = "plans:write"
    REGISTRY_READ = "registry:read"
    ROUNDS_READ = "rounds:read"
    VISITS_READ = "visits:read"
