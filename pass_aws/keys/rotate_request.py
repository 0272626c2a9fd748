"""A request to rotate a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pass_aws.keys.journal import Journal


class Request(NamedTuple):
    """A request to `rotate`.

    Args:
        resume: finish an unfinished rotation, also one of another machine; do not begin a new one.
        abort: go back to the old key.
        finish: delete the old key that was kept inactive.
        keep_inactive: deactivate the old key at AWS and keep it; later runs that resume do so, too.
        delete_other: delete a second key of the user first.
        older_than: seconds; a younger key is not rotated.
    """

    resume: bool = False
    abort: bool = False
    finish: bool = False
    keep_inactive: bool = False
    delete_other: bool = False
    older_than: int = 0

    @property
    def goes_on(self) -> bool:
        """Whether it continues a rotation that has begun earlier."""
        return self.resume or self.abort or self.finish

    def keeps(self, begun: Journal) -> bool:
        """Whether the old key is kept: the journal or this request says so, and it is not --finish."""
        return (begun.keep or self.keep_inactive) and not self.finish
