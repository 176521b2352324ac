"""A language model writes: adapters, prompt, and what of its text is shown."""
