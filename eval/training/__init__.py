"""Where the reader's weights come from. In: question sets on disk. Out: `rag/models`' reader file. Nothing here runs
when a question is answered, and no text of a set is copied into the project."""
