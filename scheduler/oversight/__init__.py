"""Warnings for those who supervise: one module a warning, each with its figures and the rows behind it. Reads only."""
