"""From a folder of files to a library: finding, reading, splitting, embedding, writing. It answers no question."""
