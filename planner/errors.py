"""Every failure a user can meet, as a small tree.

PlannerError
├── InputError        the problem file is wrong                       exit 2
├── CatalogError      data/ or a user's overlay file is wrong         exit 3
├── NoCandidateError  nothing can run this model within this SLO      exit 4
├── InfeasibleError   the limits conflict; carries which              exit 5
├── OutOfTimeError    the clock ran out before any plan was found     exit 6
└── CheckError        the plan contradicts itself: a bug of ours      exit 70

Expected failures print one message; anything else keeps its traceback.
"""

from __future__ import annotations


class PlannerError(Exception):
    """Base of all expected failures; ``exit_code`` is what the command line returns."""

    exit_code = 1


class InputError(PlannerError):
    """The problem file cannot be read or says something impossible."""

    exit_code = 2


class CatalogError(PlannerError):
    """A fact is missing, contradictory, unknown or too old."""

    exit_code = 3


class NoCandidateError(PlannerError):
    """No configuration can serve a workload; the message carries the grouped rejections."""

    exit_code = 4


class InfeasibleError(PlannerError):
    """Configurations exist, but no fleet satisfies all limits; the message names the conflict."""

    exit_code = 5


class OutOfTimeError(PlannerError):
    """The solver stopped at its time limit without any feasible fleet."""

    exit_code = 6


class CheckError(PlannerError):
    """A finished plan failed its own independent checks."""

    exit_code = 70
