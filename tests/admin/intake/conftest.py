"""The stand-ins of sources, as their own tests have them."""

from tests.intake.sources.conftest import make_world, standin, standin_server

__all__ = ["make_world", "standin", "standin_server"]
