"""Evaluation: case files, measures, reports. Cases and an engine go in, figures with their intervals come out.

Import the modules by name (``from eval.run import evaluate``); nothing is re-exported here and nothing is loaded.
"""
