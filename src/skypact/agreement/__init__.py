"""The agreement as the thing that runs: what nations signed, as configuration the node obeys.

In: a TOML document, notices, signatures and a date. Out: whether it is in force and until when,
who holds which role, and the rules by which items may leave. ``document`` holds the nouns.
"""
