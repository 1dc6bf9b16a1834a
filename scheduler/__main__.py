"""`python -m scheduler` is the command `onedoor`."""

from scheduler.cli import main

main()
