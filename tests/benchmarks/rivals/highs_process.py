"""HiGHS in a process of its own: reads a 0-1 programme from a file, writes the best point and the bound.

Owns the call of the library. Must import neither `solver` nor OR-Tools: both libraries bring a HiGHS of their own
under the same name, and whichever is loaded second finds the wrong one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import highspy
import numpy as np

FEASIBLE_POINT = 2
"""Solution status of the library for a point that obeys all rows."""


def main(source: str, target: str, seconds: float, seed: int) -> None:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("random_seed", seed)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 1e-7)
    highs.passModel(_model(source))
    highs.run()
    info = highs.getInfo()
    solved = info.primal_solution_status == FEASIBLE_POINT
    np.savez(
        target,
        values=np.array(highs.getSolution().col_value if solved else []),
        bound=info.mip_dual_bound,
        status=highs.modelStatusToString(highs.getModelStatus()),
    )


def _model(source: str) -> highspy.HighsLp:
    with np.load(source) as arrays:
        table = {name: arrays[name] for name in arrays.files}
    columns = len(table["cost"])
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, len(table["low"])
    lp.offset_ = float(table["constant"])
    lp.col_cost_ = table["cost"]
    lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.ones(columns)
    lp.row_lower_, lp.row_upper_ = table["low"], table["high"]
    lp.integrality_ = [highspy.HighsVarType.kInteger] * columns
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = table["start"]
    lp.a_matrix_.index_ = table["index"]
    lp.a_matrix_.value_ = table["value"]
    return lp


if __name__ == "__main__":
    main(str(Path(sys.argv[1])), str(Path(sys.argv[2])), float(sys.argv[3]), int(sys.argv[4]))
