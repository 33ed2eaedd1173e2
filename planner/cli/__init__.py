"""The command line: parse, call, print, exit. Expected failures print one message and their exit code.

One file a group of commands; each registers itself, is imported when one of its commands is named (`group.MODULES`),
and imports what it runs only when it runs.
"""

from planner.cli.group import main

__all__ = ["main"]
