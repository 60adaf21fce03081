"""The people, units and connections of the handshake's tests serve here too."""

from tests.connections.conftest import company, connected, consented, north, owner, realm

__all__ = ["company", "connected", "consented", "north", "owner", "realm"]
