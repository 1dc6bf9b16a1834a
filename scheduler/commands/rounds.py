"""`onedoor round`: a round from opening to publication, for people at the shell and for scripts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from data.enums import RoundKind
from data.session import reading, unit_of_work
from scheduler.clock import DISTRICT_ZONE
from scheduler.commands.context import AsUser, acting, clock, engine, refusals, settings
from scheduler.commands.screen import AsJson, out, show_json
from scheduler.filing.draws import draw_round
from scheduler.filing.judging import give_reason, plan_check
from scheduler.filing.plans import file_plan, get_plan, submit_plan
from scheduler.filing.rounds import freeze_round, get_round, list_rounds, open_round
from scheduler.planning.board import draft_hash
from scheduler.planning.figures import round_figures
from scheduler.planning.proposals import adopt_proposal, get_proposal, list_proposals
from scheduler.planning.runs import request_run, run_view, work_once
from scheduler.publishing.approvals import approve_round
from scheduler.publishing.channels import open_senders, open_ways
from scheduler.publishing.outbox import deliver_due
from scheduler.publishing.releases import seal_due

app = typer.Typer(no_args_is_help=True)

RoundUid = Annotated[str, typer.Argument(help="uid of the round 轮次编号")]
SHELL = "shell"


@app.command("open")
def open_(
    name: Annotated[str, typer.Argument(help="name of the round 轮次名称")],
    first: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="first day of the period")],
    last: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="last day of the period")],
    filing_until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="last day of filing")],
    as_user: AsUser,
    kind: Annotated[RoundKind, typer.Option(help="month or quarter")] = RoundKind.MONTH,
) -> None:
    """Open a round for filing and print its uid. 开启轮次。"""
    with refusals(), unit_of_work(engine()) as session:
        made = open_round(
            session,
            clock(),
            acting(session, as_user),
            name=name,
            kind=kind,
            period_first=first.date(),
            period_last=last.date(),
            filing_until=filing_until.replace(hour=23, minute=59, tzinfo=DISTRICT_ZONE),
        )
        out.print(made.uid)


@app.command("list")
def list_(as_user: AsUser, as_json: AsJson = False) -> None:
    """List the rounds. 轮次列表。"""
    with refusals(), reading(engine()) as session:
        rows = [
            {"uid": r.uid, "name": r.name, "status": r.status, "first": r.period_first, "last": r.period_last}
            for r in list_rounds(session, acting(session, as_user))
        ]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        out.print(f"{row['uid']}  {row['status']:<10} {row['first']} – {row['last']}  {row['name']}", markup=False)


@app.command("submit")
def submit(
    plan_uid: Annotated[str, typer.Argument(help="uid of the plan")],
    as_user: AsUser,
    reason: Annotated[str, typer.Option(help="why the plan is right in spite of its warnings; it is logged")] = "",
) -> None:
    """Submit a plan, as its clerk. 提交计划。"""
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        plan = get_plan(session, actor, plan_uid)
        if reason and plan_check(session, clock(), plan).open_warnings:
            give_reason(session, clock(), actor, plan, reason=reason)
        submit_plan(session, clock(), actor, plan)


@app.command("file")
def file(plan_uid: Annotated[str, typer.Argument(help="uid of the plan")], as_user: AsUser) -> None:
    """File a submitted plan, as its department's head. 备案。"""
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        file_plan(session, clock(), actor, get_plan(session, actor, plan_uid))


@app.command("freeze")
def freeze(uid: RoundUid, as_user: AsUser) -> None:
    """Close filing and freeze what was filed. 冻结。"""
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        freeze_round(session, clock(), actor, get_round(session, actor, uid))


@app.command("draw")
def draw(
    uid: RoundUid,
    as_user: AsUser,
    seed: Annotated[str | None, typer.Option(help="secret part of the seed; else drawn by the machine")] = None,
) -> None:
    """Draw the sites of every task that asks for a draw. 抽取。"""
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        out.print(draw_round(session, clock(), actor, get_round(session, actor, uid), seed=seed))


@app.command("solve")
def solve(
    uid: RoundUid,
    as_user: AsUser,
    seed: Annotated[int, typer.Option(help="seed")] = 0,
    seconds: Annotated[float | None, typer.Option(help="wall-clock limit")] = None,
    work: Annotated[int | None, typer.Option(help="reproducible work limit")] = None,
    wait: Annotated[bool, typer.Option(help="solve here; --no-wait leaves it to the worker")] = True,
) -> None:
    """Ask for a proposal, and make it here unless told not to. 求解。"""
    with refusals():
        with unit_of_work(engine()) as session:
            actor = acting(session, as_user)
            round_ = get_round(session, actor, uid)
            run = request_run(session, clock(), actor, round_, seed=seed, seconds=seconds, work=work)
        if wait:
            work_once(engine(), clock(), holder=SHELL, settings=settings())
        with reading(engine()) as session:
            out.print(run_view(session, session.merge(run)))


@app.command("proposals")
def proposals(uid: RoundUid, as_user: AsUser) -> None:
    """List the proposals of a round. 建议方案。"""
    with refusals(), reading(engine()) as session:
        actor = acting(session, as_user)
        for proposal in list_proposals(session, actor, get_round(session, actor, uid)):
            figures = f"score {proposal.score} bound {proposal.bound} gap {proposal.gap:.2%}"
            out.print(f"{proposal.uid}  {proposal.status:<10} {figures}", markup=False)


@app.command("adopt")
def adopt(proposal_uid: Annotated[str, typer.Argument(help="uid of the proposal")], as_user: AsUser) -> None:
    """Make a proposal the draft. 采用方案。"""
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        adopt_proposal(session, clock(), actor, get_proposal(session, actor, proposal_uid))


@app.command("approve")
def approve(
    uid: RoundUid,
    as_user: AsUser,
    publish_at: Annotated[datetime | None, typer.Option(help="local time of publication; else at once")] = None,
    comment: Annotated[str, typer.Option(help="comment")] = "",
) -> None:
    """Approve the draft as it stands, as a second person. 批准。"""
    when = publish_at.replace(tzinfo=DISTRICT_ZONE) if publish_at else clock().now()
    with refusals(), unit_of_work(engine()) as session:
        actor = acting(session, as_user)
        round_ = get_round(session, actor, uid)
        present = draft_hash(session, round_)
        approval = approve_round(session, clock(), actor, round_, draft_hash=present, publish_at=when, comment=comment)
        out.print(f"{approval.uid} {approval.draft_hash}")


@app.command("publish")
def publish() -> None:
    """Seal and deliver everything that is due now, as the ticker would. 发布到期的版本。"""
    with refusals():
        numbers = seal_due(engine(), clock(), open_ways(settings()))
        delivered = deliver_due(engine(), clock(), holder=SHELL)
        for channel, sender in open_senders(settings()).items():
            delivered += deliver_due(engine(), clock(), holder=SHELL, channel=channel, sender=sender)
    out.print(f"releases {numbers}, notices delivered {delivered}")


@app.command("figures")
def figures(uid: RoundUid, as_user: AsUser) -> None:
    """Print what the round saves. 统筹成效。"""
    with refusals(), reading(engine()) as session:
        actor = acting(session, as_user)
        out.print(round_figures(session, get_round(session, actor, uid)))
