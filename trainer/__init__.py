"""Corpora and corrections in; fine-tuned, measured models out."""
