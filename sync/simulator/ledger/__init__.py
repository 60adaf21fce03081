"""The books of the simulated companies: entities, rules, queries, batches, reports."""

from sync.simulator.ledger.service import Ledger
from sync.simulator.ledger.types import ApiRequest, ApiResponse, ChangeHook, Company

__all__ = ["ApiRequest", "ApiResponse", "ChangeHook", "Company", "Ledger"]
