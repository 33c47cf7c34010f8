"""Settings of the service. Values come from the environment, prefix `DESK_`."""

from deskstream_runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """Those that every service has."""
