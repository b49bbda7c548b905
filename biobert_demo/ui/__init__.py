"""A recogniser and settings enter; the pages a browser shows leave (the only package, with app.py, that uses Gradio)."""
