"""stub"""
from __future__ import annotations
def question_language(text: str, default: str = "en") -> str:
    return "es" if "¿" in text else default
