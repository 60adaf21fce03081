"""A client that knows as many rows as it is asked to, a page at a time."""

import re
from datetime import UTC, datetime, timedelta

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class Pages:
    """Rows of one list, made by number as they are read; one was changed in each second."""

    answered_at = BEGAN + timedelta(days=1)

    def __init__(self, number, body):
        self.number, self.body = number, body

    def page(self, entity, start, where="", order_by="", size=1000):
        since = re.search(r"LastUpdatedTime >= '(.+?)'", where)
        passed = datetime.fromisoformat(since[1]) - BEGAN if since else timedelta(0)
        first = int(passed.total_seconds()) + start
        return [self._row(n) for n in range(first, min(first + size, self.number + 1))]

    def count(self, entity, where=""):
        return self.number

    def _row(self, number):
        at = (BEGAN + timedelta(seconds=number - 1)).isoformat()
        return {"Id": str(number), "MetaData": {"LastUpdatedTime": at}} | self.body(number)
