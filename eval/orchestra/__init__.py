"""A folder as people keep it: the papers of an invented amateur orchestra, and questions over them."""
