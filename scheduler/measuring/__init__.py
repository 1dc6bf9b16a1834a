"""Figures over all rounds (统计): what was done, what it would have been uncoordinated, and the rows behind it."""
