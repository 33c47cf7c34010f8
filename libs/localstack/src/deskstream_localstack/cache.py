"""The folder for what is downloaded or computed once per user and can be made again at any time."""

import os
from pathlib import Path

import platformdirs


def cache_dir() -> Path:
    """Return `DESK_CACHE_DIR`, else the user's cache folder for Deskstream, and create it."""
    chosen = os.environ.get("DESK_CACHE_DIR")
    path = Path(chosen) if chosen else platformdirs.user_cache_path("deskstream")
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()
