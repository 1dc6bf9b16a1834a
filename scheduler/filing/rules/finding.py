"""What a rule is and what it finds. Knows no rule and no database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from data.enums import Severity
from scheduler.filing.rules.picture import PlanPicture, SiteTarget, TaskPicture

Params: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One place where a rule is broken. `name`: stable code of the sentence; `field`: where the form has it.

    `severity`: milder than the rule's, where only a part of the rule is touched.
    """

    name: str
    task: TaskPicture | None = None
    site: SiteTarget | None = None
    field: str = "plan"
    params: tuple[tuple[str, object], ...] = ()
    severity: Severity | None = None


Judge: TypeAlias = Callable[[PlanPicture, Params], Iterator[Broken]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRule:
    """The code of a rule. `judge` None: it is kept elsewhere, in `lives_in` (dotted path), and its test proves it."""

    rule_id: str
    lives_in: str
    judge: Judge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A broken rule of a plan as the page shows it. `params` name the place and the figures of the sentence.

    `overridden`: the reason that was given against it, "" for none.
    """

    rule_id: str
    rule_version: int
    severity: Severity
    name: str
    field: str = "plan"
    task_uid: str | None = None
    site_uid: str | None = None
    position: int | None = None
    params: tuple[tuple[str, object], ...] = ()
    overridden: str = ""

    @property
    def target(self) -> str:
        """What a reason against it is given for."""
        return "/".join(uid for uid in (self.task_uid, self.site_uid) if uid)

    @property
    def figures(self) -> dict[str, object]:
        """The parameters by name."""
        return dict(self.params)

    @property
    def where(self) -> str:
        """The place in words that need no translation: number and name of the task, name of the site."""
        return str(self.figures.get("where", ""))

    @property
    def blocks(self) -> bool:
        """Whether the plan cannot be submitted as it is."""
        return self.severity is Severity.HARD or (self.severity is Severity.WARNING and not self.overridden)
