"""The mutants of `make quality` are other programs, each with one fault."""

import ast
from pathlib import Path

from mutants import mutants

SOURCE = '''
"""A text is no fault: 1 + 1."""
from typing import assert_never

LIMIT: int = 3

def decide(found: int | None, wanted: bool = False) -> str | None:
    if found is None and not wanted:
        raise ValueError("no value")
    match found:
        case 1:
            return f"{found + LIMIT}"
        case 2:
            log("two")
        case _:
            assert_never(found)
    return None
'''
FAULTS = {
    "3 -> 4",
    "False -> True",
    "found is None -> found is not None",
    "not wanted -> wanted",
    "found is None and (not wanted) -> found is None or not wanted",
    "raise ValueError('no value') -> pass",
    "without case 1",
    "without case 2",
    "1 -> 2",
    "2 -> 3",
    "found + LIMIT -> found - LIMIT",
    "return f'{found + LIMIT}' -> return None",
    "log('two') -> pass",
}


def test_each_fault_is_made_once_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(SOURCE)

    found = mutants(path)

    assert {mutant.fault for mutant in found} == FAULTS
    sources = {mutant.source() for mutant in found}
    assert len(sources) == len(found)
    assert ast.unparse(ast.parse(SOURCE)) not in sources
    for source in sources:
        compile(source, path, "exec")
