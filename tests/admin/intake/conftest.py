"""The stand-ins of sources, as their own tests have them."""

from tests.intake.sources.conftest import make_world, serving, stand_in, standin

__all__ = ["make_world", "serving", "stand_in", "standin"]
