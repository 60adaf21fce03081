"""Settings for tests: the product's own, with what makes hashing passwords quick."""

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
DEBUG = False
# Pages' queries are counted.
SCHEMA_LOOK_SECONDS = 0
if DATABASES["default"]["ENGINE"].endswith("postgresql"):  # noqa: F405
    # Nothing of a test need outlive a power cut.
    DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}  # noqa: F405
# Static files are found where they lie: no test collects them first.
WHITENOISE_AUTOREFRESH = True
# The smallest source beside the product's own, and one as a third party writes it: nothing of one
# leaks into what is asked of all.
_SOURCES_OF_TESTS = "tests.intake.sources"
SOURCES = [*SOURCES, "sync.intake.sources.lines.source.Lines", f"{_SOURCES_OF_TESTS}.till.Till"]  # noqa: F405
# How people work in each of them, for the conformance tests.
WORLDS = [
    f"{_SOURCES_OF_TESTS}.worlds.VonigoWorld",
    f"{_SOURCES_OF_TESTS}.worlds.LinesWorld",
    f"{_SOURCES_OF_TESTS}.till.TillWorld",
    *env.words("EXTRA_WORLDS"),  # noqa: F405
]
