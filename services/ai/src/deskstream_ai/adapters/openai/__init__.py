"""Models behind the OpenAI API, of OpenAI or of any compatible provider."""
