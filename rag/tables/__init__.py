"""Questions over tables: what a document's tables hold, read as typed values, and plans that compute an answer."""
