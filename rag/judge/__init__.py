"""Whether a sentence answers: features, coefficients, kinds of answer, reasons."""
