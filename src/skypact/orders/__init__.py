"""Orders between people: proposed, authorised, delivered, answered; the agreement says by whom.

In: events that people (and, for delivery and time limits, nodes) made, the agreement's rules and
the time. Out: orders and their states. One station, the executing nation's, puts the events of an
order in sequence; the others follow it, so that two nodes never disagree about what was delivered.
No order says anything of a weapon, and nothing here acts: an order ends at a person.
"""
