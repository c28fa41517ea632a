"""What every test has: a cache of its own session, so that no number comes from an earlier run of other code."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    os.environ["LRVIZ_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    yield
    del os.environ["LRVIZ_CACHE_DIR"]


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM"):
        monkeypatch.delenv(name, raising=False)
