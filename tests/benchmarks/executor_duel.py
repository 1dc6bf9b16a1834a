"""A province solved by one process, by a pool of processes and by a Dask cluster of two workers, in one run.

    python -m tests.benchmarks.executor_duel [--districts 6] [--enterprises 1000] [--work 50] [--rules core] [--tls]

Prints a Markdown table: seconds until workers are ready (a pool starts with its first district instead), seconds for
all districts, score, and whether the answers are the same byte for byte. Owns the comparison.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from solver.districts import DistrictOutcome
from solver.executors import DaskExecutor, Executor, InlineExecutor, ProcessExecutor
from solver.folders import write_problem
from solver.many import solve_many
from solver.options import SolveOptions
from tests.benchmarks.problems import Recipe, make_district
from tests.solver.dask_cluster import DaskCluster, make_certificates

WORKERS = 2


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison; the command line is in the module docstring."""
    options = _parser().parse_args(arguments)
    with TemporaryDirectory() as name:
        province = Path(name) / "province"
        requests = _make_province(province, options)
        size = f"{options.districts} districts, {requests:,} requests, rules {options.rules}"
        lines = [
            f"{size}, {options.work} units of work each.\n",
            "| executor | ready after | seconds | score | same answers |",
            "| --- | --- | --- | --- | --- |",
        ]
        lines += [_line(province, Path(name), kind, options) for kind in ("inline", "processes", "dask")]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _make_province(folder: Path, options: argparse.Namespace) -> int:
    requests = 0
    for district in range(options.districts):
        recipe = Recipe(enterprises=options.enterprises, seed=district + 1, all_rules=options.rules == "all")
        problem = make_district(recipe)
        requests += len(problem.requests)
        write_problem(problem, folder / f"district-{district + 1:03d}", parquet=True)
    return requests


def _line(province: Path, base: Path, kind: str, options: argparse.Namespace) -> str:
    start = time.perf_counter()
    with _cluster(kind, base, tls=options.tls) as cluster, _executor(kind, cluster) as executor:
        begin = time.perf_counter()
        outcomes = list(solve_many(province, base / kind, SolveOptions(work=options.work, seed=1), executor))
        seconds = time.perf_counter() - begin
    score = sum(outcome.score or 0.0 for outcome in outcomes)
    name = f"{kind} over TLS" if kind == "dask" and options.tls else kind
    same = _same(base / "inline", base / kind, outcomes)
    return f"| {name} | {begin - start:.1f} | {seconds:.1f} | {score:,.2f} | {same} |"


def _cluster(kind: str, base: Path, *, tls: bool) -> AbstractContextManager[DaskCluster | None]:
    if kind != "dask":
        return nullcontext()
    return DaskCluster(make_certificates(base / "tls") if tls else None)


def _executor(kind: str, cluster: DaskCluster | None) -> Executor:
    if cluster is not None:
        cluster.wait_for_workers()
        return DaskExecutor(cluster.address, None if cluster.certificates is None else cluster.certificates.tls)
    return InlineExecutor() if kind == "inline" else ProcessExecutor(WORKERS)


def _same(one: Path, other: Path, outcomes: list[DistrictOutcome]) -> str:
    tables = [f"{outcome.name}/{table}.csv" for outcome in outcomes for table in ("visits", "visit_requests")]
    equal = sum((one / table).read_bytes() == (other / table).read_bytes() for table in tables)
    return f"{equal} of {len(tables)} tables"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.executor_duel", description=__doc__)
    parser.add_argument("--districts", type=int, default=6)
    parser.add_argument("--enterprises", type=int, default=1000)
    parser.add_argument("--work", type=int, default=50)
    parser.add_argument("--rules", choices=("core", "all"), default="core")
    parser.add_argument("--tls", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
