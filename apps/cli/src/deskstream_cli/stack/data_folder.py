"""The one folder that holds everything a local stack keeps."""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock, Timeout

from deskstream_cli.stack.errors import StackError


class DataFolder:
    """Paths inside the data folder. Files with secrets have mode 0600."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        self.state = self.root / "state.json"
        self.logs = self.root / "logs"
        self.kafka = self.root / "kafka"
        self.postgres = self.root / "postgres"
        self.valkey = self.root / "valkey"
        self.catcher = self.root / "catcher"
        self.passwords = self.root / "passwords.json"
        self.api_key = self.root / "api-key"
        self.api_keys = self.root / "api-keys.json"
        self.webhook_secret = self.root / "webhook-secret"
        self.gateway_config = self.root / "envoy.yaml"
        self.supervisor_config = self.root / "supervisord.conf"
        self.supervisor_pid = self.root / "supervisord.pid"

    def log_of(self, program: str) -> Path:
        """Return the log file of one program."""
        return self.logs / f"{program}.log"

    def create(self) -> None:
        """Create the folder and its log folder."""
        self.logs.mkdir(parents=True, exist_ok=True)

    def lock(self) -> AbstractContextManager[object]:
        """Keep two `desk up` or `desk down` from working on the folder at the same time.

        Raises StackError when another one is at work.
        """
        try:
            return FileLock(self.root / "lock", timeout=0).acquire()
        except Timeout as error:
            raise StackError(
                f"Another `desk` command is starting or stopping the stack in {self.root}. "
                "Wait for it to end."
            ) from error

    def wipe(self) -> None:
        """Delete what a stack keeps, and the folder itself if nothing else is in it."""
        for path in vars(self).values():
            if path == self.root:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        (self.root / "lock").unlink(missing_ok=True)
        if not any(self.root.iterdir()):
            self.root.rmdir()


def repository_root() -> Path:
    """Return the folder of the checkout this package is installed from.

    Raises StackError when the package is not installed editable from a checkout.
    """
    for folder in Path(__file__).resolve().parents:
        if (folder / "deploy" / "gateway" / "envoy.yaml").exists():
            return folder
    raise StackError(
        "`desk up` needs a checkout of Deskstream (it reads deploy/gateway/envoy.yaml): "
        "install deskstream-cli editable from one, as `make dev` does."
    )
