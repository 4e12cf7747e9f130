"""The rules of tools/tidy."""
