"""Flight plans: read from ICAO messages, ADEXP and CSV, and held against what flies.

In: text, with its time of reception. Out: plans, a refusal by name for each that cannot be used
(the others go on), and findings of the kind ``plan`` over a whole picture.
"""
