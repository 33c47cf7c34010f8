"""Settings of ingest: those every service has, and none of its own."""

from deskstream_runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from the environment, prefix `DESK_`."""
