"""What to look at after the demo: addresses, and commands that can be copied whole."""

import shlex
from collections.abc import Mapping

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.state import StackState


def commands(folder: DataFolder, state: StackState) -> Mapping[str, str]:
    """Shell commands by what they show. Each is one line and asks for nothing."""
    gateway = state.urls["gateway"]
    key = f'-H "Authorization: Bearer $(cat {shlex.quote(str(folder.api_key))})"'
    return {
        "the angriest tickets": f"curl {key} '{gateway}/v1/tickets?sort=sentiment&limit=3'",
        "search": f"curl {key} '{gateway}/v1/tickets?q=stolen+card'",
        "the summary": f"curl {key} '{gateway}/v1/analytics/summary'",
        "the rules": f"curl {key} '{gateway}/v1/rules'",
    }


def next_steps(folder: DataFolder, state: StackState) -> str:
    """The text that `desk demo` ends with. No line of it is ever wrapped by us."""
    lines = ["Look around", f"  mails and webhooks that were sent: {state.urls['catcher']}"]
    for what, command in commands(folder, state).items():
        lines += [f"  {what}:", f"    {command}"]
    lines += [
        f"  the live feed: {state.urls['live-feed']}",
        "  the system: desk status, desk logs -f, desk down "
        "(in this checkout, after: source .venv/bin/activate)",
    ]
    return "\n".join(lines)
