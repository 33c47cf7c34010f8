"""The state of a running stack, written for later commands and the next start."""

from pydantic import BaseModel, ConfigDict, Field

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.secret_file import write_secret
from deskstream_localstack.part import LOOPBACK


class ProgramRecord(BaseModel):
    """One program that the last `desk up` started."""

    model_config = ConfigDict(frozen=True)

    group: str
    port: int
    version: str


class Login(BaseModel):
    """The login that Kafka and Valkey ask for; see `stack.login`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    username: str
    password: str = Field(repr=False)


class StackState(BaseModel):
    """Ports by the names of `port_plan.USUAL_PORTS`, and the programs that should be running."""

    model_config = ConfigDict(frozen=True)

    ports: dict[str, int]
    programs: dict[str, ProgramRecord] = {}
    urls: dict[str, str] = {}
    login: Login | None = None

    @classmethod
    def load(cls, folder: DataFolder) -> "StackState":
        """Return the state of the last start; without ports when there was none."""
        if not folder.state.exists():
            return cls(ports={})
        return cls.model_validate_json(folder.state.read_bytes())

    @property
    def catcher_url(self) -> str:
        """Where the catcher's API begins; it asks for an API key."""
        return f"http://{LOOPBACK}:{self.ports['catcher']}/"

    def save(self, folder: DataFolder) -> None:
        write_secret(folder.state, self.model_dump_json(indent=2))


def urls(ports: dict[str, int], catcher_token: str) -> dict[str, str]:
    """Return where each thing a person or program may look for can be reached.

    The catcher's is a link for a browser, which it lets in by the token.
    """
    gateway = f"http://{LOOPBACK}:{ports['gateway']}"
    return {
        "gateway": gateway,
        "live-feed": f"ws://{LOOPBACK}:{ports['gateway']}/ws/customer-support",
        "tickets": f"{gateway}/v1/tickets",
        "catcher": f"http://{LOOPBACK}:{ports['catcher']}/enter?token={catcher_token}",
        "kafka": f"{LOOPBACK}:{ports['kafka']}",
        "postgres": f"{LOOPBACK}:{ports['postgres']}",
        "valkey": f"redis://{LOOPBACK}:{ports['valkey']}/0",
        "smtp": f"{LOOPBACK}:{ports['smtp']}",
    }
