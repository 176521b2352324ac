"""The library on disk, inside: tables, vectors, writing. `rag/library.py` is its door."""
