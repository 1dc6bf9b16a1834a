"""`python -m scheduler` is the command `onedoor`."""

from scheduler.entry import main

main()
