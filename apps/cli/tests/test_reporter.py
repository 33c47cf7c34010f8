"""What a long command shows while it works."""

import io

import pytest
from rich.console import Console

from deskstream_cli.stack.reporter import Reporter


def reporter_on(*, terminal: bool) -> tuple[Reporter, io.StringIO]:
    out = io.StringIO()
    return Reporter(Console(file=out, force_terminal=terminal, width=80)), out


def test_a_step_is_written_when_it_begins_and_when_it_is_done() -> None:
    reporter, out = reporter_on(terminal=False)

    with reporter.step("Postgres ready"):
        assert out.getvalue() == "… Postgres ready\n"

    assert out.getvalue().startswith("… Postgres ready\n✓ Postgres ready (")


def test_a_terminal_shows_what_runs_and_keeps_what_is_done() -> None:
    reporter, out = reporter_on(terminal=True)

    with reporter.step("Postgres ready"), reporter.step("Kafka ready"):
        pass

    reporter.close()
    assert "✓" in out.getvalue()
    assert out.getvalue().count("…") == 0


def test_a_step_that_fails_is_not_called_done() -> None:
    reporter, out = reporter_on(terminal=False)

    with pytest.raises(RuntimeError), reporter.step("Kafka ready"):
        raise RuntimeError

    assert "✓" not in out.getvalue()


def test_a_download_says_what_it_is_once() -> None:
    reporter, out = reporter_on(terminal=False)

    for done in range(1, 4):
        reporter.download(done, 3)

    assert out.getvalue() == "… Downloading Kafka (43 MB)\n"
