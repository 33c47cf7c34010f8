"""Which account the Postgres server runs under.

Postgres refuses to run as root. For an ordinary user nothing changes; for root (a container, a CI
machine) the server is started as `nobody`, who then owns the cluster, and gets no capability.
"""

import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from deskstream_localstack.part import LocalStackError

UNPRIVILEGED_USER = "nobody"
CURRENT_FOLDER = "/proc/self/cwd"
"""Where Linux shows a process the folder it works in, whatever the folders above are closed to."""


@dataclass(frozen=True, slots=True)
class Account:
    """`prefix` goes before a command to run it under this account.

    `uid` is None for the caller's own account.
    """

    prefix: tuple[str, ...] = ()
    uid: int | None = None

    def take_ownership(self, path: Path | int) -> None:
        """Give the path, or the open file of this number, to this account."""
        if self.uid is not None:
            os.chown(path, self.uid, -1)

    def name_of_current_folder(self, folder: Path) -> str:
        """Return how a process of this account that was started in `folder` can name it.

        Its path would do for the caller. Another account cannot follow a path through a folder
        that is closed to it (a home folder, say), and needs not: it has been put there.
        """
        return str(folder) if self.uid is None else CURRENT_FOLDER


def account_for_postgres() -> Account:
    """Return the caller's own account, or `nobody` when the caller is root.

    Raises LocalStackError for root on a system without `setpriv` (util-linux).
    """
    if os.geteuid() != 0:
        return Account()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise LocalStackError(
            "Postgres refuses to run as root and `setpriv` (util-linux) is not installed. "
            "Run as an ordinary user, or install util-linux."
        )
    entry = pwd.getpwnam(UNPRIVILEGED_USER)
    drop = (f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
    return Account((setpriv, *drop, "--inh-caps=-all", "--"), entry.pw_uid)
