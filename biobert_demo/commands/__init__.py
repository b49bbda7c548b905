"""The program's commands, one module for those that belong together; `biobert_demo.cli` runs them.

A module has `register(commands)`, which adds its parsers, and one function a command, which takes the parsed options
and returns an exit code. Whatever is slow to import is imported inside these functions.
"""
