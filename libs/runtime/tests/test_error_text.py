"""What is logged about an error tells where and what kind, and no value anybody typed."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from asyncpg.exceptions import UniqueViolationError
from pydantic import BaseModel, ValidationError

from deskstream_runtime.errors import Rejected
from deskstream_runtime.observability.error_text import describe
from deskstream_runtime.observability.logs import configure_logs, configure_logs_for_tests

PERSONAL = "ada@example.org"


class Customer(BaseModel):
    """Something to be wrong about."""

    age: int


def raised(act: Callable[[], object]) -> BaseException:
    try:
        act()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def violate() -> None:
    error = UniqueViolationError("duplicate key value")
    error.detail = f"Key (email)=({PERSONAL}) already exists."
    error.constraint_name = "customer_email_key"
    raise error


def test_postgres_errors_show_their_state_and_constraint_alone() -> None:
    text = describe(raised(violate))
    assert "UniqueViolationError [23505] customer_email_key" in text
    assert "in violate" in text
    assert PERSONAL not in text


def test_input_is_not_shown() -> None:
    error = raised(lambda: Customer.model_validate({"age": PERSONAL}))
    assert isinstance(error, ValidationError)
    assert PERSONAL in str(error)
    assert PERSONAL not in describe(error)


def test_our_own_words_are_shown() -> None:
    def reject() -> None:
        raise Rejected("the article is not published")

    assert describe(raised(reject)).endswith("Rejected: the article is not published")


def test_causes_are_told_oldest_first() -> None:
    def act() -> None:
        try:
            violate()
        except UniqueViolationError as error:
            raise KeyError(PERSONAL) from error

    text = describe(raised(act))
    assert text.index("UniqueViolationError") < text.index("which led to") < text.index("KeyError")
    assert PERSONAL not in text


@pytest.fixture
def _logging_restored() -> Iterator[None]:
    before = logging.getLogger().handlers, logging.getLogger().level
    yield
    logging.getLogger().handlers, logging.getLogger().level = before
    configure_logs_for_tests()
    structlog.contextvars.clear_contextvars()


@pytest.mark.usefixtures("_logging_restored")
def test_our_logs_and_those_of_libraries_are_json_without_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("toy", "info", "json")
    structlog.get_logger().error("toy.failed", exc_info=raised(violate))
    try:
        violate()
    except UniqueViolationError:
        logging.getLogger("library").exception("it failed")
    written = capsys.readouterr()
    ours, theirs = (json.loads(line) for line in (written.out + written.err).splitlines())
    assert ours["event"] == "toy.failed"
    assert theirs["event"] == "it failed"
    for line in (ours, theirs):
        assert "UniqueViolationError [23505]" in line["exception"]
        assert line["service"] == "toy"
        assert PERSONAL not in json.dumps(line)
