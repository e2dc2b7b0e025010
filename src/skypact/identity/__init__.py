"""Who each aircraft is taken for, from evidence that stays with it, and what people said of it.

In: the joint picture once a second, what its evidence functions need (blocks of addresses, codes,
flight plans, corridors, areas, sites, comparisons of sensors, partners' words) and the time. Out:
for each track probabilities, an identity, a class of aircraft, and the evidence with place, time
and words. The machine says at most ``suspect``. ``likelihoods`` holds what evidence says to a
nation; ``transponder``, ``plans``, ``whereabouts``, ``conduct``, ``agreement_of_sensors`` and
``partners`` find it; ``stage`` weighs it; ``override`` is a person's word.
"""

from skypact.identity.likelihoods import (
    Likelihoods,
    default_likelihoods,
    likelihoods_from,
    read_likelihoods,
)
from skypact.identity.override import Authority, authority_of, sign_override
from skypact.identity.stage import IdentityPicture, Lifted

__all__ = [
    "Authority",
    "IdentityPicture",
    "Lifted",
    "Likelihoods",
    "authority_of",
    "default_likelihoods",
    "likelihoods_from",
    "read_likelihoods",
    "sign_override",
]
