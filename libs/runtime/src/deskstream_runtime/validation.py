"""Errors of pydantic as text for people, without the values that were met."""

from typing import NamedTuple

from pydantic import ValidationError

_OUR_OWN_RULE = "Value error, "


class Fault(NamedTuple):
    """One wrong value: the steps that lead to it, empty for a rule about several, and why."""

    location: tuple[int | str, ...]
    message: str


def faults_of(error: ValidationError) -> list[Fault]:
    """Every fault, in the order of pydantic; a rule of ours in its own words."""
    return [
        Fault(one["loc"], one["msg"].removeprefix(_OUR_OWN_RULE))
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]
