"""Says what the tests of the pure parts are worth: their coverage, and a mutation score.

A sample of mutants, the same for the same seed, is tried with the unit tests that run the mutated
line. A mutant with which they all pass is one that nobody would have noticed: it is printed, and
with fewer killed mutants than `--at-least` percent the exit status is 1.
See docs/decisions/0034-what-quality-tells.md.
"""

import argparse
import os
import random
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from unittest.mock import patch

import pytest
from coverage import Coverage
from hypothesis import Phase, settings
from mutants import Mutant, mutants

ROOT = Path(__file__).parent.parent
SERVICES = ("ingest", "ai", "escalation", "notify", "projection")
UNIT_TESTS = ("-q", "-m", "unit and not simulation", "-p", "no:cacheprovider", "-p", "no:warnings")
CPU_MAX_S = 60

Tests = Mapping[int, Sequence[str]]
"""The tests that run each line of a file, those that run the fewest lines first.

A line that runs at import belongs to no test. For those there is 0: the files of the package's own
tests that use the module, as a test of a bound or a default may run no line of it.
"""


def main() -> int:
    """Exit status 1 when too few mutants are killed, 2 when the tests fail without any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=150, help="how many mutants are tried")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--at-least", type=float, default=90.0, help="percent to be killed")
    parser.add_argument("only", nargs="*", help="parts of the paths of files to look at")
    chosen = parser.parse_args()
    files = [path for path in pure_files() if any(one in str(path) for one in chosen.only or [""])]
    coverage = Coverage(data_file=None, branch=True, include=[str(path) for path in files])
    if _run_tests(coverage, files) != pytest.ExitCode.OK:
        return 2
    coverage.report(skip_covered=True, show_missing=True)
    tests = _tests_by_line(coverage, files)
    everything = [mutant for path in files for mutant in mutants(path)]
    chance = random.Random(chosen.seed)  # noqa: S311 (nothing here is a secret)
    sample = chance.sample(everything, min(chosen.sample, len(everything)))
    sys.stdout.write(f"trying {len(sample)} of {len(everything)} mutants\n")
    survivors = list(_survivors(sample, tests))
    score = 100 * (1 - len(survivors) / max(1, len(sample)))
    sys.stdout.write(f"mutation score: {score:.1f} % (seed {chosen.seed})\n")
    return int(score < chosen.at_least)


def pure_files() -> list[Path]:
    """The domains, and the contracts without what only documents and tests them."""
    contracts = ROOT / "libs/contracts/src/deskstream_contracts"
    beside = [contracts / "documents", contracts / "testing", contracts / "generate.py"]
    found = [path for path in contracts.rglob("*.py") if not any(map(path.is_relative_to, beside))]
    for service in SERVICES:
        found += (ROOT / f"services/{service}/src/deskstream_{service}/domain").rglob("*.py")
    return sorted(found)


class _Reproducible:
    """The same examples for the same mutant, and no time spent on a smaller one that fails."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile(
            "mutant", database=None, deadline=None, derandomize=True, phases=phases
        )
        settings.load_profile("mutant")


class _Contexts:
    """Tells the lines that a test runs from those of other tests."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._coverage.switch_context(item.nodeid.partition("[")[0])


def _run_tests(coverage: Coverage, files: Sequence[Path]) -> int:
    packages = set(map(_package_of, files))
    os.chdir(ROOT)
    coverage.start()
    try:
        return pytest.main([*UNIT_TESTS, *sorted(packages)], [_Contexts(coverage)])
    finally:
        coverage.stop()


def _tests_by_line(coverage: Coverage, files: Sequence[Path]) -> dict[Path, Tests]:
    data = coverage.get_data()
    found = {path: data.contexts_by_lineno(str(path)) for path in files}
    sizes = Counter(test for lines in found.values() for tests in lines.values() for test in tests)
    del sizes[""]
    of_files: Counter[str] = Counter()
    for test, size in sizes.items():
        of_files[_file_of(test)] += size

    def ordered(tests: set[str]) -> list[str]:
        return sorted(tests - {""}, key=lambda test: (sizes[test], test))

    def own_files(path: Path, tests: set[str]) -> list[str]:
        files = {file for file in map(_file_of, tests) if file.startswith(_package_of(path))}
        return sorted(files, key=lambda file: (of_files[file], file))

    return {
        path: {line: ordered(set(tests)) for line, tests in lines.items()}
        | {0: own_files(path, {test for tests in lines.values() for test in tests})}
        for path, lines in found.items()
    }


def _file_of(test: str) -> str:
    return test.partition("::")[0]


def _package_of(path: Path) -> str:
    return str(Path(*path.relative_to(ROOT).parts[:2]))


def _survivors(sample: Sequence[Mutant], tests: Mapping[Path, Tests]) -> Iterator[Mutant]:
    """Mutants that no test noticed, printed as they are found."""

    def survives(mutant: Mutant) -> bool:
        lines = tests[mutant.path]
        chosen = lines.get(mutant.line) or lines[0]
        return not chosen or _survives(mutant, chosen)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutant, alive in zip(sample, pool.map(survives, sample), strict=True):
            if alive:
                sys.stdout.write(f"survived: {_place(mutant)}\n")
                yield mutant


def _place(mutant: Mutant) -> str:
    return f"{mutant.path.relative_to(ROOT)}:{mutant.line}: {mutant.fault}"


def _survives(mutant: Mutant, tests: Sequence[str]) -> bool:
    """Whether no test fails with the mutant in its module's place. Raises RuntimeError."""
    arguments = ["--mutant", str(mutant.path), str(mutant.number), *tests]
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == -signal.SIGXCPU:
        sys.stdout.write(f"out of time: {_place(mutant)}\n")
    if done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise RuntimeError(f"no test tried {mutant}: {done.stdout[-2_000:]}{done.stderr[-2_000:]}")
    return done.returncode == pytest.ExitCode.OK


def try_mutant(path: str, number: str, *tests: str) -> int:
    """Runs the tests with a mutant, up to the first that fails; a signal ends what never ends."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX_S, 2 * CPU_MAX_S))
    source, of_file = Mutant(Path(path), int(number)).source(), SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
        return compile(source, path, "exec") if loader.path == path else of_file(loader, fullname)

    with patch.object(SourceFileLoader, "get_code", get_code):
        return pytest.main(["-x", *UNIT_TESTS, *tests], [_Reproducible()])


if __name__ == "__main__":
    sys.exit(try_mutant(*sys.argv[2:]) if sys.argv[1:2] == ["--mutant"] else main())
