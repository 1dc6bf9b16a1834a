"""`onedoor solve`, `check`, `solve-many`, `bench`: the solver on folders, without database or service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

import solver
from scheduler.commands.executing import (
    EXIT_STOPPED,
    STOPPED,
    ExecutorSpec,
    Tally,
    TlsCa,
    TlsCert,
    TlsKey,
    cluster_faults,
    ctrl_c_to,
    full_spec,
    opened_executor,
)
from scheduler.commands.screen import EXIT_REFUSED, AsJson, bad_input, err, out, show_json
from scheduler.commands.words import folder_fault
from solver import SolveOptions
from solver.checker import check_folder
from solver.folder_faults import BadFolder, Fault
from solver.folders import read_problem, write_answer
from solver.options import Progress
from solver.plan import SolveStatus
from solver.problem import Problem

ProblemDir = Annotated[Path, typer.Argument(help="folder of the problem's tables and problem.json")]
OutputDir = Annotated[Path, typer.Option("-o", "--output", help="folder for the answer")]
Seconds = Annotated[float | None, typer.Option(help="wall-clock limit (such a plan is not reproducible)")]
Work = Annotated[int | None, typer.Option(help="work limit that does not depend on the machine")]
Seed = Annotated[int, typer.Option(help="seed of every random choice")]
Workers = Annotated[int, typer.Option(min=1, help="processes for independent parts")]
CHECKOUT: Final = Path(__file__).parents[2]


def solve(
    problem_dir: ProblemDir,
    output: OutputDir,
    seconds: Seconds = None,
    work: Work = None,
    seed: Seed = 0,
    workers: Workers = 2,
    executor: Annotated[str | None, typer.Option(help="where the rosters of days are made, as in solve-many")] = None,
    tls_ca: TlsCa = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress lines")] = False,
    as_json: AsJson = False,
) -> None:
    """Solve a problem folder into an answer folder. 求解。 Exit 2: unreadable folder, or locks that collide."""
    problem = _read(problem_dir)
    watch = _ignore if quiet or as_json else _show_progress
    spec = None if executor is None else full_spec(executor, tls_ca, tls_cert, tls_key)
    options = SolveOptions(seed=seed, seconds=seconds, work=work, workers=workers, executor=spec, progress=watch)
    with cluster_faults():
        result = solver.solve(problem, options)
    if result.status is SolveStatus.INFEASIBLE:
        bad_input([f"{problem_dir}: request {request}: {rule} 锁定互相冲突" for request, rule in result.collisions])
    write_answer(problem, result, output)
    figures = {
        "status": str(result.status),
        "score": result.score,
        "bound": result.bound,
        "gap": result.gap,
        "parts": result.parts,
        "seconds": result.seconds,
        "seed": result.seed,
        "visits": result.plan.visits if result.plan else None,
    }
    show_json(figures) if as_json else out.print(figures)


def check(
    problem_dir: ProblemDir,
    answer_dir: Annotated[Path, typer.Argument(help="folder of the answer")],
    as_json: AsJson = False,
) -> None:
    """Judge an answer folder by all hard rules and the score. 检验方案。 Exit 1: rules are broken; 2: unreadable."""
    problem = _read(problem_dir)
    try:
        verdict = check_folder(problem, answer_dir)
    except BadFolder as bad:
        bad_input([_fault_line(answer_dir, fault) for fault in bad.faults])
    if as_json:
        broken = [{"rule": v.rule, "subject": v.subject, "detail": v.detail} for v in verdict.violations]
        show_json({"valid": verdict.valid, "score": verdict.score, "parts": verdict.parts, "violations": broken})
    else:
        out.print(f"score {verdict.score} {verdict.parts}")
        for violation in verdict.violations:
            err.print(f"✗ {violation.rule} {violation.subject} {violation.detail}", markup=False)
        out.print("valid 合格" if verdict.valid else f"{len(verdict.violations)} rules broken 不合格")
    if not verdict.valid:
        raise typer.Exit(EXIT_REFUSED)


def solve_many(
    folder: Annotated[Path, typer.Argument(help="folder of problem folders")],
    output: OutputDir,
    seconds: Seconds = None,
    work: Work = None,
    seed: Seed = 0,
    executor: ExecutorSpec = "processes",
    tls_ca: TlsCa = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
) -> None:
    """Solve many districts, resumable; one that fails does not stop the others. 批量求解。

    Exit 1: districts failed; 2: unreadable folder or unusable cluster; 130: stopped by Ctrl-C, whole answers only.
    """
    from solver.many import list_districts  # noqa: PLC0415 -- every other command would load the solver library
    from solver.many import solve_many as solve_folders  # noqa: PLC0415 -- the same

    if not folder.is_dir():
        bad_input([f"✗ {folder}: folder_missing {folder_fault('folder_missing')}"])
    options = SolveOptions(seed=seed, seconds=seconds, work=work)
    tally = Tally(total=len(list_districts(folder)))
    with opened_executor(full_spec(executor, tls_ca, tls_cert, tls_key)) as workers, ctrl_c_to(workers):
        try:
            for outcome in solve_folders(folder, output, options, workers):
                out.print(tally.line(outcome), markup=False)
        except KeyboardInterrupt:
            workers.abandon()
            err.print(f"{tally.summary()}\n{STOPPED}", markup=False)
            raise typer.Exit(EXIT_STOPPED) from None
    out.print(tally.summary(), markup=False)
    if tally.failed:
        raise typer.Exit(EXIT_REFUSED)


def bench(words: Annotated[list[str] | None, typer.Argument(help="passed on; -- --help lists them")] = None) -> None:
    """Run the benchmark beside its rivals, from a checkout. 基准测试。 Options go after a double dash."""
    command = [sys.executable, "-m", "tests.benchmarks.bench", *(words or [])]
    done = subprocess.run(command, check=False, cwd=CHECKOUT)  # noqa: S603 -- our own module
    raise typer.Exit(done.returncode)


def _read(folder: Path) -> Problem:
    try:
        return read_problem(folder)
    except BadFolder as bad:
        bad_input([_fault_line(folder, fault) for fault in bad.faults])


def _fault_line(folder: Path, fault: Fault) -> str:
    place = f"{fault.table} line {fault.line} column {fault.column}"
    return f"✗ {folder}: {place}: {fault.rule} «{fault.value}» {folder_fault(fault.rule)}"


def _show_progress(step: Progress) -> None:
    gap = "" if step.gap is None else f"{step.gap:.3%}"
    err.print(f"{step.seconds:7.1f} s  {step.phase:<24} score {step.score}  bound {step.bound}  {gap}", markup=False)


def _ignore(_: Progress) -> None:
    return None


COMMANDS = (solve, check, solve_many, bench)
