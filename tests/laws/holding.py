"""A company held by a process, as the database has it; and locks, seen while they are taken."""

from contextlib import contextmanager
from unittest import mock

from django.db.models.sql.compiler import SQLCompiler

from sync.company.lease import acquire
from sync.company.pacing import Pacer
from sync.company.sessions import CompanySession
from sync.models import QuickBooksCompany


def session_of(company):
    """Hold a company, without a client: for what only writes down."""
    return CompanySession(company, acquire(company.pk), Pacer(), None, "")


def take_over(company):
    """Have another process hold it now, as after a stall that outlasted the lease."""
    QuickBooksCompany.objects.filter(pk=company.pk).update(lease_token=None, lease_expires_at=None)
    return session_of(company)


@contextmanager
def locks():
    """Yield the names of the models whose rows are locked, in the order of locking.

    Seen where a query is made, as SQLite locks no rows; on PostgreSQL the same queries lock.
    """
    taken, execute = [], SQLCompiler.execute_sql

    def seen(self, *given, **more):
        if self.query.select_for_update:
            assert self.connection.in_atomic_block
            taken.append(self.query.model.__name__)
        return execute(self, *given, **more)

    with mock.patch.object(SQLCompiler, "execute_sql", seen):
        yield taken
