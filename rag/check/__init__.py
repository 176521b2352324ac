"""Whether a sentence says no more than its quote: the parts of `rag/verify.py`."""
