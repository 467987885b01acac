"""Tell a person what planning did: where the plan is, what was sent, what fell back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from synthseed.report.asked import Asked


class Planned(Protocol):
    """What `verbs.plan.plan` returns."""

    @property
    def target(self) -> str:
        """Return the database."""

    @property
    def files(self) -> Mapping[str, str]:
        """Return the text per file name."""

    @property
    def folder(self) -> str | None:
        """Return where they were written."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was decided for the user."""

    @property
    def kept(self) -> bool:
        """Return whether a plan was there."""

    @property
    def asked(self) -> Asked | None:
        """Return what a model was asked."""

    @property
    def estimate(self) -> str | None:
        """Return what asking would take."""


def told(done: Planned) -> str:
    """Return what goes to stdout: the estimate, where the plan is, or the plan itself."""
    if done.estimate is not None:
        return done.estimate
    if done.folder is None:
        return "\n".join(f"# ---- {name}\n{text}" for name, text in done.files.items())
    return f"{'Completed' if done.kept else 'Wrote'} {done.folder}/: {len(done.files)} files, for {done.target}."


def notes(done: Planned) -> Sequence[str]:
    """Return the lines that go to stderr."""
    lines = done.asked.lines() if done.asked else []
    lines += [f"  corrected: {fix}" for fix in done.asked.fixes] if done.asked else []
    return [*lines, *(f"  - {note}" for note in done.notes)]


class Checked(Protocol):
    """What `verbs.plan.check_plan` returns."""

    @property
    def target(self) -> str:
        """Return the database."""

    @property
    def folder(self) -> str | None:
        """Return the plan's folder."""

    @property
    def differences(self) -> tuple[str, ...]:
        """Return what differs."""

    @property
    def repair(self) -> str:
        """Return the command that mends it."""


def checked_text(done: Checked) -> str:
    """Return what a person reads."""
    if not done.differences:
        return f"{done.folder}/ is the plan of {done.target}: nothing differs."
    head = f"{done.folder or 'The plan'} and {done.target} differ:" if done.folder else f"{done.target}:"
    return "\n".join([head, *(f"  {one}" for one in done.differences), f"Bring the plan up to date: {done.repair}"])


def checked_dict(done: Checked) -> Mapping[str, Any]:
    """Return what JSON can hold."""
    return {"target": done.target, "plan": done.folder, "differences": list(done.differences), "repair": done.repair}
