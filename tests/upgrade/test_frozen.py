"""Migrations go forward: what is released is never changed."""

from tests.upgrade.freeze import digest, frozen, migrations


def test_released_migrations_are_as_they_were():
    known = frozen()
    assert {name: digest(name) for name in known if name in migrations()} == known


def test_nothing_is_put_among_what_is_released():
    for app in ("accounts", "sync"):
        ours = [name for name in migrations() if name.startswith(f"{app}/")]
        released = [name for name in ours if name in frozen()]
        assert released
        assert ours[: len(released)] == released
