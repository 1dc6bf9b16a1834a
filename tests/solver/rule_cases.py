"""For every hard rule a problem, a plan that just keeps it and one that just breaks it, and what must be said of that.

Owns examples only; the tests that judge them are in test_rules_plan, test_rules_roster and test_checker.
"""

from __future__ import annotations

from dataclasses import dataclass

from solver.plan import Plan
from solver.problem import Limits, Problem
from tests.solver.builders import Ask, Office, Officer, Site, Stop, ints, make_plan, make_problem


@dataclass(frozen=True, slots=True)
class RuleCase:
    """`broken` breaks `rule` and nothing else; `subject` and `detail` are those of its first violation.

    `kept` belongs to `kept_problem`, which differs only where the rule's own limit is what the case is about.
    """

    rule: str
    problem: Problem
    kept: Plan
    broken: Plan
    subject: str
    detail: str
    name: str
    kept_problem: Problem

    @property
    def id(self) -> str:
        return f"{self.rule}-{self.name}" if self.name else self.rule


def _case(
    rule: str,
    problem: Problem,
    kept: Plan | Stop,
    broken: Plan | Stop,
    said: tuple[str, str],
    name: str = "",
    kept_problem: Problem | None = None,
) -> RuleCase:
    kept = make_plan(problem, kept) if isinstance(kept, Stop) else kept
    broken = make_plan(problem, broken) if isinstance(broken, Stop) else broken
    return RuleCase(rule, problem, kept, broken, *said, name, kept_problem or problem)


def plan_cases() -> list[RuleCase]:
    """Hard rules 1 to 8."""
    return [*_placing(), *_days_and_quarters(), *_limits(), *_together(), *_over_time()]


def _placing() -> list[RuleCase]:
    one = make_problem()
    two = make_problem(requests=(Ask("R1"), Ask("R2")))
    sites = make_problem(requests=(Ask("R1"), Ask("R2", enterprise="E2")))
    outside = Plan(
        request_visit=ints([0]), visit_enterprise=ints([0, 7]), visit_day=ints([3, 3]), visit_start_quarter=ints([0, 0])
    )
    empty = make_plan(two, Stop(3, ("R1", "R2")), Stop(4, (), enterprise="E1"))
    apart = make_plan(sites, Stop(3, ("R1",)), Stop(3, ("R2",)))
    both = make_plan(one, Stop(3, ("R1",)), left_out={"R1": "capacity"})
    return [
        _case("plan_columns", one, Stop(3, ("R1",)), outside, ("visit_enterprise", "row=1 value=7 low=0 high=0")),
        _case("request_placed_once", one, Stop(3, ("R1",)), both, ("R1", "places=2"), "both"),
        _case(
            "request_placed_once",
            one,
            make_plan(one, left_out={"R1": "capacity"}),
            make_plan(one),
            ("R1", "places=0"),
            "lost",
        ),
        _case(
            "request_placed_once",
            one,
            make_plan(one, left_out={"R1": "cost"}),
            make_plan(one, left_out={"R1": ""}),
            ("R1", "places=0"),
            "without-reason",
        ),
        _case("visit_not_empty", two, Stop(3, ("R1", "R2")), empty, ("E1", "day=4 requests=0")),
        _case("visit_one_enterprise", sites, apart, Stop(3, ("R1", "R2")), ("R2", "visited=E1")),
        _case(
            "visit_one_a_day",
            two,
            make_plan(two, Stop(3, ("R1",)), Stop(4, ("R2",))),
            make_plan(two, Stop(3, ("R1",)), Stop(3, ("R2",), start=1)),
            ("E1", "day=3 visits=2"),
        ),
    ]


def _days_and_quarters() -> list[RuleCase]:
    window = make_problem(requests=(Ask("R1", window=(3, 5)),))
    closed = make_problem(closures=[("E1", 3, 5)])
    cases = [
        _case(
            "visit_in_window",
            window,
            Stop(3, ("R1",)),
            Stop(2, ("R1",)),
            ("R1", "day=2 first_day=3 last_day=5"),
            "early",
        ),
        _case(
            "visit_in_window",
            window,
            Stop(5, ("R1",)),
            Stop(6, ("R1",)),
            ("R1", "day=6 first_day=3 last_day=5"),
            "late",
        ),
        _case(
            "visit_enterprise_open", closed, Stop(2, ("R1",)), Stop(3, ("R1",)), ("E1", "day=3 closed=3..5"), "first"
        ),
        _case("visit_enterprise_open", closed, Stop(6, ("R1",)), Stop(5, ("R1",)), ("E1", "day=5 closed=3..5"), "last"),
    ]
    for quarters, good, bad in ((1, 3, 4), (2, 2, 1), (2, 2, 3), (4, 0, 1), (1, 0, -1)):
        problem = make_problem(requests=(Ask("R1", quarters=quarters),))
        said = ("E1", f"day=3 start_quarter={bad} quarters={quarters}")
        kept, broken = Stop(3, ("R1",), start=good), Stop(3, ("R1",), start=bad)
        cases.append(_case("visit_start_quarter", problem, kept, broken, said, f"{quarters}-at-{bad}"))
    mixed = make_problem(requests=(Ask("R1"), Ask("R2", department="D2", quarters=2)))
    said = ("E1", "day=3 start_quarter=1 quarters=2")
    kept, broken = Stop(3, ("R1", "R2"), start=2), Stop(3, ("R1", "R2"), start=1)
    cases.append(_case("visit_start_quarter", mixed, kept, broken, said, "longest-counts"))
    return cases


def _limits() -> list[RuleCase]:
    asks = (Ask("R1", quarters=4), Ask("R2", enterprise="E2", quarters=4))
    full = make_problem(requests=asks, offices=(Office("D1", inspectors=4),), capacity=[("D1", 5, 3)])
    reserve = make_problem(requests=asks, offices=(Office("D1", inspectors=5),), limits=Limits(reserve=0.2))
    tighter = make_problem(requests=asks, offices=(Office("D1", inspectors=5),), limits=Limits(reserve=0.21))
    both = (Stop(3, ("R1",)), Stop(3, ("R2",)))
    three = (Ask("R1"), Ask("R2", department="D2"), Ask("R3", department="D2", inspectors=3))
    departments = make_problem(requests=three, limits=Limits(max_departments_per_visit=2))
    fewer = make_problem(requests=three, limits=Limits(max_departments_per_visit=1))
    people = make_problem(requests=three, limits=Limits(max_inspectors_per_visit=6))
    everybody = Stop(3, ("R1", "R2", "R3"))
    return [
        _case(
            "department_capacity",
            full,
            make_plan(full, *both),
            make_plan(full, Stop(5, ("R1",)), Stop(5, ("R2",))),
            ("D1", "day=5 load=16 capacity=12"),
            "lowered",
        ),
        _case(
            "department_capacity",
            tighter,
            make_plan(reserve, *both),
            make_plan(reserve, *both),
            ("D1", "day=3 load=16 capacity=15"),
            "reserve",
            kept_problem=reserve,
        ),
        _case(
            "visit_departments_limit",
            fewer,
            everybody,
            everybody,
            ("E1", "day=3 departments=2 most=1"),
            kept_problem=departments,
        ),
        _case(
            "visit_inspectors_limit",
            people,
            make_plan(people, Stop(3, ("R2", "R3")), Stop(4, ("R1",))),
            everybody,
            ("E1", "day=3 inspectors=7 most=6"),
        ),
    ]


def _together() -> list[RuleCase]:
    alone = make_problem(requests=(Ask("R1", joint=False), Ask("R2")))
    conflict = make_problem(requests=(Ask("R1"), Ask("R2"), Ask("R3")), conflicts=[("R2", "R3")])
    notice = make_problem(requests=(Ask("R1", unannounced=True), Ask("R2")))
    apart = (Stop(3, ("R1",)), Stop(4, ("R2",)))
    both = Stop(3, ("R1", "R2"))
    return [
        _case("request_alone", alone, make_plan(alone, *apart), both, ("R1", "day=3 requests=2")),
        _case(
            "conflict_apart",
            conflict,
            make_plan(conflict, both, Stop(4, ("R3",))),
            Stop(3, ("R1", "R2", "R3")),
            ("R2", "with=R3 day=3"),
        ),
        _case("notice_modes_apart", notice, make_plan(notice, *apart), both, ("E1", "day=3 unannounced=1 announced=1")),
    ]


def _over_time() -> list[RuleCase]:
    capped = make_problem(requests=(Ask("R1"), Ask("R2")), sites=(Site(max_visits=1),))
    ordered = make_problem(requests=(Ask("R1"), Ask("R2", enterprise="E2")), sequences=[("R1", "R2", 3)])
    locked = make_problem(requests=(Ask("R1", planned=4, locked=True),))
    gap = "before=R1 before_day={} day=6 min_days=3"
    return [
        _case(
            "enterprise_max_visits",
            capped,
            Stop(3, ("R1", "R2")),
            make_plan(capped, Stop(3, ("R1",)), Stop(4, ("R2",))),
            ("E1", "visits=2 most=1"),
        ),
        _case(
            "sequence_gap",
            ordered,
            make_plan(ordered, Stop(3, ("R1",)), Stop(6, ("R2",))),
            make_plan(ordered, Stop(4, ("R1",)), Stop(6, ("R2",))),
            ("R2", gap.format(4)),
            "too-early",
        ),
        _case(
            "sequence_gap",
            ordered,
            make_plan(ordered, Stop(6, ("R1",)), left_out={"R2": "sequence"}),
            make_plan(ordered, Stop(6, ("R2",)), left_out={"R1": "capacity"}),
            ("R2", gap.format(-1)),
            "before-left-out",
        ),
        _case("request_locked", locked, Stop(4, ("R1",)), Stop(5, ("R1",)), ("R1", "day=5 planned_day=4"), "moved"),
        _case(
            "request_locked",
            locked,
            Stop(4, ("R1",)),
            make_plan(locked, left_out={"R1": "capacity"}),
            ("R1", "day=-1 planned_day=4"),
            "left-out",
        ),
    ]


OFFICERS = (
    Officer("I1", skills=("lift",)),
    Officer("I2"),
    Officer("I3", valid_until=4),
    Officer("I4", department="D2"),
    Officer("I5"),
)
LED = (("R1", "I1", 1), ("R1", "I2", 0))


def _with(second: str) -> tuple[tuple[str, str, int], ...]:
    return (("R1", "I1", 1), ("R1", second, 0))


def roster_cases() -> list[RuleCase]:
    """Hard rule 9."""
    return [*_crews(), *_absent_people(), *_hops()]


def _crews() -> list[RuleCase]:
    one = make_problem(officers=OFFICERS)
    two = make_problem(officers=OFFICERS, requests=(Ask("R1"), Ask("R2")))
    skilled = make_problem(officers=OFFICERS, requests=(Ask("R1", skill="lift"),))
    stop, left = Stop(3, ("R1",)), {"R2": "crew"}
    good = make_plan(one, stop, roster=LED)
    missing = ("R1", "inspectors=1 rows=1 needed=2")
    strayed = make_plan(two, stop, left_out=left, roster=[*LED, ("R2", "I5", 0)])
    return [
        _case("roster_complete", one, good, make_plan(one, stop, roster=LED[:1]), missing, "too-few"),
        _case(
            "roster_complete",
            one,
            good,
            make_plan(one, stop, roster=[*LED, ("R1", "I5", 0)]),
            ("R1", "inspectors=3 rows=3 needed=2"),
            "too-many",
        ),
        _case(
            "roster_complete",
            two,
            make_plan(two, stop, left_out=left, roster=LED),
            strayed,
            ("R2", "inspectors=0 rows=1 needed=0"),
            "not-in-a-visit",
        ),
        _case(
            "roster_own_department",
            one,
            good,
            make_plan(one, stop, roster=_with("I4")),
            ("I4", "request=R1 department=D2"),
        ),
        _case(
            "roster_skill",
            skilled,
            make_plan(skilled, stop, roster=LED),
            make_plan(skilled, stop, roster=[("R1", "I5", 1), ("R1", "I2", 0)]),
            ("R1", "skill=lift"),
        ),
        _case(
            "roster_one_lead",
            one,
            good,
            make_plan(one, stop, roster=[("R1", "I1", 0), ("R1", "I2", 0)]),
            ("E1", "day=3 leads=0"),
            "none",
        ),
        _case(
            "roster_one_lead",
            one,
            good,
            make_plan(one, stop, roster=[("R1", "I1", 1), ("R1", "I2", 1)]),
            ("E1", "day=3 leads=2"),
            "two",
        ),
    ]


def _absent_people() -> list[RuleCase]:
    absent = make_problem(officers=OFFICERS, absences=[("I2", 3)])
    expiring = make_problem(officers=OFFICERS)
    recused = make_problem(officers=OFFICERS, recusals=[("I2", "E1")])
    stop = Stop(3, ("R1",))
    return [
        _case(
            "roster_present",
            absent,
            make_plan(absent, Stop(4, ("R1",)), roster=LED),
            make_plan(absent, stop, roster=LED),
            ("I2", "request=R1 day=3"),
        ),
        _case(
            "roster_certificate",
            expiring,
            make_plan(expiring, Stop(4, ("R1",)), roster=_with("I3")),
            make_plan(expiring, Stop(5, ("R1",)), roster=_with("I3")),
            ("I3", "request=R1 day=5 valid_until_day=4"),
        ),
        _case(
            "roster_recusal",
            recused,
            make_plan(recused, stop, roster=_with("I5")),
            make_plan(recused, stop, roster=LED),
            ("I2", "request=R1 enterprise=E1"),
        ),
    ]


def _hops() -> list[RuleCase]:
    """Two sites 0.1 degrees of latitude apart, which is 11.120 km; the same two people visit both."""
    asks = (Ask("R1", quarters=2), Ask("R2", enterprise="E2"))
    sites = (Site("E1", lat=33.2), Site("E2", lat=33.3))
    near = make_problem(requests=asks, sites=sites, officers=OFFICERS, limits=Limits(max_hop_km=11.2))
    quick = make_problem(
        requests=(Ask("R1"), Ask("R2", enterprise="E2")),
        sites=sites,
        officers=OFFICERS,
        limits=Limits(max_hop_km=11.1),
    )
    crew = [*LED, ("R2", "I1", 1), ("R2", "I2", 0)]
    overlap = ("I1", "request=R2 day=3 quarter=1 with=R1")
    too_far = ("I1", "request=R2 day=3 km=11.120 most=11.1")

    def day(problem: Problem, first: int, second: int) -> Plan:
        return make_plan(problem, Stop(3, ("R1",), start=first), Stop(3, ("R2",), start=second), roster=crew)

    wide = make_problem(
        requests=(Ask("R1"), Ask("R2", enterprise="E2")),
        sites=sites,
        officers=OFFICERS,
        limits=Limits(max_hop_km=11.2),
    )
    return [
        _case("roster_no_overlap", near, day(near, 0, 2), day(near, 0, 1), overlap),
        _case("roster_hop", quick, day(quick, 1, 2), day(quick, 0, 1), too_far, "over-noon-is-free"),
        _case("roster_hop", quick, day(quick, 0, 3), day(quick, 2, 3), too_far, "a-quarter-between-is-free"),
        _case("roster_hop", quick, day(quick, 3, 1), day(quick, 3, 2), ("I1", too_far[1].replace("R2", "R1")), "back"),
        _case("roster_hop", quick, day(wide, 0, 1), day(quick, 0, 1), too_far, "limit", kept_problem=wide),
    ]
