"""Which account the Postgres server runs under.

Postgres refuses to run as root. For an ordinary user nothing changes; for root (a container, a CI
machine) the server is started as `nobody`, who then owns the cluster.
"""

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from deskstream_localstack.part import LocalStackError

UNPRIVILEGED_USER = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """`prefix` goes before a command to run it under this account.

    `uid` is None for the caller's own account.
    """

    prefix: tuple[str, ...] = ()
    uid: int | None = None

    def take_ownership(self, *paths: Path) -> None:
        """Give the paths to this account."""
        if self.uid is not None:
            for path in paths:
                os.chown(path, self.uid, -1)


def account_for_postgres(*paths_to_reach: Path) -> Account:
    """Return the caller's own account, or `nobody` when the caller is root.

    Where a folder above `paths_to_reach` is closed to others (a home folder, say), `nobody` keeps
    the one capability that lets it pass through; the alternative would be to open the folder.
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
    pass_through = () if _open_to_others(*paths_to_reach) else _PASS_CLOSED_FOLDERS
    return Account((setpriv, *drop, *pass_through, "--"), entry.pw_uid)


_PASS_CLOSED_FOLDERS = (
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=+dac_read_search",
)


def _open_to_others(*paths: Path) -> bool:
    folders = {folder for path in paths for folder in (path, *path.parents)}
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)
