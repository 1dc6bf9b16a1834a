"""The groups of the command line, one module a group; scheduler/cli.py puts them together."""
