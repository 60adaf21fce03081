"""The books of the simulated companies: entities, rules, queries, batches, reports."""

from sync.simulator.ledger.books.types import ApiRequest, ApiResponse, ChangeHook, Company
from sync.simulator.ledger.service import Ledger

__all__ = ["ApiRequest", "ApiResponse", "ChangeHook", "Company", "Ledger"]
