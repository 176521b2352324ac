"""The room for questions about the library itself: which documents there are, who wrote one, what one says in short."""
