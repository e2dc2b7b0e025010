"""The audit: what was decided, written and fsynced before it takes effect, and provable later.

In: entries that hold kinds, times, digests and references, never content. Out: an append-only,
hash-chained log with a Merkle tree over it (RFC 6962, RFC 9162), signed heads, proofs, and the
name of any record that was changed, removed or moved. Format: docs/reference/audit.md.
"""
