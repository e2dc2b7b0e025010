"""What may leave, for whom and how blurred: the agreements decide, item by item.

In: items with labels, the agreements in force, a partner and the time. Out: what the partner
gets, and for each item the clause that says so. Default: nothing. Meaning of the rules:
docs/explanation/release.md.
"""

from skypact.release.compiling import compile_release
from skypact.release.considering import Explanation, explain
from skypact.release.deciding import Decisions, decide
from skypact.release.table import Binding, Codes, ReleaseTable

__all__ = [
    "Binding",
    "Codes",
    "Decisions",
    "Explanation",
    "ReleaseTable",
    "compile_release",
    "decide",
    "explain",
]
