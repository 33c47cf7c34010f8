"""Folds every topic into read models; answers queries and feeds live clients from them."""
