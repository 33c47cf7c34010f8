"""A provider to try the whole desk against by hand: `python ai_stand_in.py PORT [WAY]`.

Without a way it answers well, and refuses what OpenAI refuses. Point a stack at it with
DESK_AI_MODEL=openai DESK_AI_OPENAI_BASE_URL=http://127.0.0.1:PORT/v1 and the key and model that it
prints. `GET /asked` says how often it was asked, and what it refused.
"""

import sys

import uvicorn
from ai_fake_openai import KEY, MODEL, FakeOpenAI
from ai_misbehaviour import MISBEHAVIOURS


def main() -> None:
    port, way = int(sys.argv[1]), " ".join(sys.argv[2:])
    if way and way not in MISBEHAVIOURS:
        sys.exit(f"{way!r} is none of: {', '.join(MISBEHAVIOURS)}")
    provider = FakeOpenAI()
    if way:
        provider.behave, _ = MISBEHAVIOURS[way]
    sys.stdout.write(
        f"DESK_AI_MODEL=openai DESK_AI_OPENAI_BASE_URL=http://127.0.0.1:{port}/v1 "
        f"DESK_AI_OPENAI_API_KEY={KEY} DESK_AI_OPENAI_MODEL={MODEL}\n"
    )
    sys.stdout.flush()
    uvicorn.run(provider.app, port=port, log_level="critical", ws="none")


if __name__ == "__main__":
    main()
