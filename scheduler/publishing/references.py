"""Which visit a cancelled one was merged into, and which one a new one was split from. Knows no table.

A recipient learns of the other visit only when that is its own as well; no enterprise learns of an unannounced one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from data.enums import RecipientKind
from scheduler.publishing.addresses import Recipient
from scheduler.publishing.bodies import Document
from scheduler.publishing.differences import Change
from scheduler.publishing.sealing import SealedVisit, requests_in


class References:
    """Looks for the visit with which another one shares most requests, now or in the release before."""

    def __init__(self, visits: Sequence[SealedVisit], present: Mapping[str, set[Recipient]]) -> None:
        self._present = present
        self._standing = {visit.visit_uid: visit for visit in visits if not visit.cancelled}
        self._now = {request: uid for uid, visit in self._standing.items() for request in requests_in(visit.document)}
        self._before = {request: visit.visit_uid for visit in visits for request in visit.had}
        self._found: dict[tuple[str, str], str] = {}

    def of(self, visit: SealedVisit, recipient: Recipient, change: Change) -> Document | None:
        """The reference in a line of a notice; None for a visit that simply came, went or stayed."""
        if change is Change.CANCELLED and visit.cancelled:
            return self._reference("merged_into", visit, recipient, visit.had, self._now)
        if change is Change.NEW and not visit.had:
            return self._reference("split_from", visit, recipient, requests_in(visit.document), self._before)
        return None

    def _reference(
        self,
        relation: str,
        visit: SealedVisit,
        recipient: Recipient,
        requests: frozenset[str],
        owners: Mapping[str, str],
    ) -> Document | None:
        uid = self._most_common((relation, visit.visit_uid), requests, owners)
        other = self._standing.get(uid)
        if other is None or uid == visit.visit_uid or recipient not in self._present[uid]:
            return None
        if recipient[0] is RecipientKind.ENTERPRISE and (other.hidden or visit.hidden):
            return None
        public = other.document["public"]
        return {"relation": relation, "visit": uid, "date": public["date"], "starts": public["starts"]}

    def _most_common(self, asked: tuple[str, str], requests: frozenset[str], owners: Mapping[str, str]) -> str:
        """Looked for once, however many recipients a visit has. `asked`: the relation and the visit."""
        if asked not in self._found:
            found = [owners[request] for request in requests if request in owners]
            self._found[asked] = min(set(found), key=lambda uid: (-found.count(uid), uid)) if found else ""
        return self._found[asked]
