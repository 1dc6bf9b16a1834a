"""Other ways to make a plan, for comparison: what districts do today, and general solvers with a plain model.

Each rival is a module with `plan(problem, seconds, seed) -> Attempt`. None knows the engine. Nothing is imported
here: HiGHS cannot live in one process with OR-Tools, so its process must get by without the `solver` package.
"""
