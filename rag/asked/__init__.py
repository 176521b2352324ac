"""What was asked: the question taken apart, made to stand alone, and put in the words of the documents."""
