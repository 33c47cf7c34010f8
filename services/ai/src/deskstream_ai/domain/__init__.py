"""The rules of analysis, drafts and articles: pure, without model or database."""
