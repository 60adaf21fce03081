"""Looking on while writes are committed, in the transaction in which they are planned."""

from contextlib import contextmanager
from unittest import mock

from sync.exports.delivery import planner


@contextmanager
def watched(look):
    """Have each request looked at when it is committed and none of its bytes has left."""
    commit = planner._commit

    def commit_and_look(*given):
        planned = commit(*given)
        for write in planned:
            look(write.batch)
        return planned

    with mock.patch.object(planner, "_commit", commit_and_look):
        yield
