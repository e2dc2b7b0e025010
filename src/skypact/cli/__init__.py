"""The command line: one module per command; what a command needs is imported when it runs.

Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 the
answer is no, 2 wrong usage, 3 bad input, 4 a part is unavailable, 130 interrupted.
"""

from skypact.cli.app import main

__all__ = ["main"]
