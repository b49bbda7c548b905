"""Files in any supported format enter; documents leave, and the other way round."""
