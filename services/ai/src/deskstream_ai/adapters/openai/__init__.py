"""Models behind the OpenAI API, or anything that speaks it."""
