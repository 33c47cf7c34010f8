"""A provider to try a whole stack with by hand: `python ai_stand_in.py PORT [WAY]`.

Without a way to fail it answers well, and refuses what OpenAI refuses. Point a stack at it with the
settings that it prints. `GET /asked` returns the number of its calls, and the refusals.
"""

import sys

import uvicorn
from ai_fake_openai import KEY, MODEL, FakeOpenAI
from ai_misbehavior import MISBEHAVIORS


def main() -> None:
    port, way = int(sys.argv[1]), " ".join(sys.argv[2:])
    if way and way not in MISBEHAVIORS:
        sys.exit(f"{way!r} is none of: {', '.join(MISBEHAVIORS)}")
    provider = FakeOpenAI()
    if way:
        provider.behave, _ = MISBEHAVIORS[way]
    sys.stdout.write(
        f"DESK_AI_MODEL=openai DESK_AI_OPENAI_BASE_URL=http://127.0.0.1:{port}/v1 "
        f"DESK_AI_OPENAI_API_KEY={KEY} DESK_AI_OPENAI_MODEL={MODEL}\n"
    )
    sys.stdout.flush()
    uvicorn.run(provider.app, port=port, log_level="critical", ws="none")


if __name__ == "__main__":
    main()
