"""Processor time and memory of each part of a stack, from its whole tree of processes."""

import time
from collections import defaultdict
from collections.abc import Mapping

import psutil
from pydantic import BaseModel


class Use(BaseModel):
    """What a part used: share of one core, and resident memory (shared pages count once)."""

    cpu_percent: float
    memory_mb: float


class Reading:
    """Processor time since it was made."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self._at = time.perf_counter()
        self._cpu_s = _cpu_s(pids)
        self._machine_s = _machine_busy_s()

    def used(self) -> dict[str, Use]:
        """What each part has used since; Postgres also by role, as each service has its own."""
        elapsed_s = time.perf_counter() - self._at
        used_s = self.cpu_s()
        memory = {name: _memory_mb(pid) for name, pid in self._pids.items()}
        return {
            name: Use(
                cpu_percent=cpu_s / elapsed_s * 100,
                memory_mb=memory.get(name, 0.0),
            )
            for name, cpu_s in used_s.items()
        }

    def cpu_s(self) -> dict[str, float]:
        """Processor time each part has used since, in seconds."""
        now = _cpu_s(self._pids)
        return {name: now[name] - self._cpu_s.get(name, 0.0) for name in sorted(now)}

    def machine_percent(self) -> float:
        """What everything on the machine used, in percent of one core."""
        elapsed_s = time.perf_counter() - self._at
        return (_machine_busy_s() - self._machine_s) / elapsed_s * 100


def _cpu_s(pids: Mapping[str, int]) -> dict[str, float]:
    used: dict[str, float] = defaultdict(float)
    for name, pid in pids.items():
        for process in _tree(pid):
            try:
                times = process.cpu_times()
                role = _role(process) if name == "postgres" else None
            except psutil.Error:
                continue
            own_s = times.user + times.system
            # Backends that ended count for the server that waited for them.
            used[name] += own_s + (times.children_user + times.children_system)
            if role:
                used[f"postgres for {role}"] += own_s
    return dict(used)


def _role(process: psutil.Process) -> str | None:
    """The role a backend works for, from its title `postgres: ROLE DATABASE ADDRESS STATE`."""
    words = " ".join(process.cmdline()).split()
    if len(words) > 3 and words[0] == "postgres:" and words[1] == words[2]:
        return words[1]
    return None


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _memory_mb(pid: int) -> float:
    total = 0
    for process in _tree(pid):
        try:
            memory = process.memory_full_info()
        except psutil.Error:
            continue
        total += getattr(memory, "pss", memory.rss)
    return total / 1e6


def _machine_busy_s() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - times.guest)
