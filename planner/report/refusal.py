"""Why there is no plan, as a page: what was asked, what is in the way, what would be enough."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One line of a refusal, and what is said below it."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Lines under one head; the head is "" where a message begins with its lines."""

    head: str
    lines: tuple[Item, ...]


@dataclass(frozen=True)
class Refused:
    """A question without a plan."""

    title: str
    question: str
    first: str
    groups: tuple[Group, ...]
    command: str

    @property
    def lead(self) -> str:
        """The first line as a sentence begins."""
        return self.first[:1].upper() + self.first[1:]

    @property
    def heart(self) -> str:
        """The first line, and the first of what would be enough; where nothing is known to be, what is missing."""
        first = self.first if self.first.endswith((".", ":")) else f"{self.first}."
        headed = [group for group in self.groups if group.head and group.lines]
        if first.endswith(":") and self.groups:
            first = f"{first} {_told(self.groups[0].lines)}"
        for group in headed:
            if "enough" in group.head:
                return f"{first} {group.head} {_told(group.lines)}"
        if headed and not self.first.endswith(":"):
            return f"{first} {headed[0].head} {_told(headed[0].lines[:1])}"
        return first


def refusal(title: str, question: str, message: str, command: str) -> Refused:
    """A message of an error as it is written: heads at the margin, lines two in, what belongs to a line further in."""
    first, *rest = message.strip().splitlines() or ["no reason given"]
    groups: list[Group] = []
    for line in (line for line in rest if line.strip()):
        depth, text = len(line) - len(line.lstrip()), line.strip()
        if not depth:
            groups.append(Group(text, ()))
        else:
            last = groups.pop() if groups else Group("", ())
            groups.append(Group(last.head, _with(last.lines, text, depth)))
    return Refused(title, question, first, tuple(groups), command)


def heart(message: str) -> str:
    """What `Refused.heart` says of a message."""
    return refusal("", "", message, "").heart


def _told(lines: tuple[Item, ...]) -> str:
    return f"{'; '.join(line.text for line in lines)}."


def _with(items: tuple[Item, ...], text: str, depth: int) -> tuple[Item, ...]:
    if depth > 2 and items:
        return (*items[:-1], Item(items[-1].text, (*items[-1].notes, text)))
    return (*items, Item(text))
