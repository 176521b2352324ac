"""Reading: a question held against passages by a model that marks the answer.

In: a question, passages, the spans of their sentences. Out: per passage the words that answer, in each sentence and in
all, how surely they do, and how surely the passage is what the question is about. Nothing here decides or searches.
"""
