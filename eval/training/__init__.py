"""Where weights come from that `eval.fit` does not fit: the reader's, those of plans over tables, the verbs that vouch.

In: question sets on disk. Out: files of the package. Nothing here runs when a question is answered, and no text of a
set is copied into the project.
"""
