"""The one folder that holds everything a local stack keeps."""

import shutil
import stat
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from deskstream_cli.stack.errors import StackError

CLOSED = 0o700
OTHERS = 0o077


class DataFolder:
    """Paths inside the data folder, which is closed to everybody but its owner."""

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
        self.api_keys_lock = self.root / "api-keys.lock"
        self.webhook_secret = self.root / "webhook-secret"
        self.gateway_config = self.root / "envoy.yaml"
        self.supervisor_config = self.root / "supervisord.conf"
        self.supervisor_pid = self.root / "supervisord.pid"
        self.imports = self.root / "imports"
        self.lock_file = self.root / "lock"

    def log_of(self, program: str) -> Path:
        return self.logs / f"{program}.log"

    def create(self) -> None:
        """Create the folder and its log folder, and close them and what a stack keeps to others.

        A folder of an older stack may be open. Raises StackError for a folder that is everybody's,
        as /tmp is, and for one with files of another user.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        if self.root.stat().st_mode & stat.S_ISVTX:
            raise StackError(f"{self.root} is shared by all users: name a folder of your own.")
        self.logs.mkdir(exist_ok=True)
        try:
            self.root.chmod(CLOSED)
            for path in self._kept():
                _close(path)
        except PermissionError as error:
            raise StackError(
                f"{error.filename} belongs to another user: run `desk` as that user, "
                "or delete what is in the data folder."
            ) from error

    def lock(self) -> AbstractContextManager[object]:
        """Keep two `desk up` or `desk down` from working on the folder at the same time.

        Raises StackError when another one is at work.
        """
        try:
            return FileLock(self.lock_file, timeout=0).acquire()
        except Timeout as error:
            raise StackError(
                f"Another `desk` command is starting or stopping the stack in {self.root}. "
                "Wait for it to end."
            ) from error

    def wipe(self) -> None:
        """Delete what a stack keeps, and the folder itself if nothing else is in it."""
        for path in self._kept():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if not any(self.root.iterdir()):
            self.root.rmdir()

    def _kept(self) -> list[Path]:
        """Return the paths of what a stack keeps, whether there is anything or not."""
        return [path for path in vars(self).values() if path != self.root]


def _close(path: Path) -> None:
    """Take from others what they may do with the file, or the folder and all that is in it.

    What a running program deletes meanwhile is passed over, and links are not followed.
    """
    with suppress(FileNotFoundError):
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            return
        if found.st_mode & OTHERS:
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
        if stat.S_ISDIR(found.st_mode):
            for inside in path.iterdir():
                _close(inside)


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
