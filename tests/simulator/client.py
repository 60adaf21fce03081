"""python-quickbooks, unmodified, connected to a simulated company."""

from contextlib import contextmanager

import pytest
from intuitlib.client import AuthClient
from quickbooks import QuickBooks


@contextmanager
def connected(simulator, variant="us"):
    """A client of a new company; the library's two addresses point at the simulator meanwhile."""
    realm_id = simulator.create_company(variant=variant)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # loopback has no TLS
        patch.setattr(QuickBooks, "api_url_v3", simulator.api_url)
        patch.setattr(QuickBooks, "sandbox_api_url_v3", simulator.api_url)
        tokens = simulator.grant(realm_id)
        auth = AuthClient(
            client_id=tokens["client_id"],
            client_secret=tokens["client_secret"],
            redirect_uri="http://localhost:8000/callback",
            environment=simulator.discovery_url,
            access_token=tokens["access_token"],
        )
        yield QuickBooks(
            auth_client=auth,
            refresh_token=tokens["refresh_token"],
            company_id=realm_id,
            minorversion=75,
            use_decimal=True,
        )
