"""The API for programs: /api/v1, the same rules and calls as the pages. One module a resource."""

from web.api import catalogue, document, plans, registry, rounds, tasks, uploads, visits

RESOURCES = (
    plans.blueprint,
    tasks.blueprint,
    uploads.blueprint,
    registry.enterprises,
    registry.sites,
    catalogue.blueprint,
    rounds.blueprint,
    visits.visits,
    visits.releases,
)
DOCUMENT = document.blueprint
