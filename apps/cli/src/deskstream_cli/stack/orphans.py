"""Programs of a stack that lost their supervisor.

If supervisord itself is killed, its programs keep running and hold the ports and data folders.
Every program carries the data folder in its environment, by which it is recognised.
"""

from contextlib import suppress

import psutil

from deskstream_cli.stack.data_folder import DataFolder

MARKER = "DESK_STACK_FOLDER"
STOP_TIMEOUT_S = 15.0


def marker(folder: DataFolder) -> dict[str, str]:
    """Return the environment that marks a process as belonging to this stack."""
    return {MARKER: str(folder.root)}


def end_orphans(folder: DataFolder) -> int:
    """End every process that carries the marker of this stack; return how many there were."""
    found = [process for process in psutil.process_iter() if _is_marked(process, folder)]
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(found, timeout=STOP_TIMEOUT_S)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=STOP_TIMEOUT_S)
    return len(found)


def still_running(folder: DataFolder) -> list[str]:
    """Return what carries the marker of this stack now, each with its process id."""
    found = [process for process in psutil.process_iter() if _is_marked(process, folder)]
    return [f"{process.name()} ({process.pid})" for process in found if process.is_running()]


def _is_marked(process: psutil.Process, folder: DataFolder) -> bool:
    try:
        return process.environ().get(MARKER) == str(folder.root)
    except (psutil.Error, OSError):
        # Another user's process, or one that has just ended: neither is ours.
        return False
