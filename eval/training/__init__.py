"""Material and fits of models that are not fitted by `eval.fit`."""
