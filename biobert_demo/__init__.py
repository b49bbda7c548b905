"""Biomedical text in; highlighted entities, answers and corrections out."""

__version__ = "0.1.0"
