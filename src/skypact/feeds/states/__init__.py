"""State vectors: what other receivers made of Mode S, as text, documents or tables."""
