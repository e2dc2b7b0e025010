"""Who each aircraft is taken for, from evidence that stays with it, and what people said of it.

In: the joint picture once a second, findings about its tracks, and the time. Out: for each track
probabilities, an identity, a class of aircraft, and the evidence with place, time and words.
The machine says at most ``suspect``. Stages: ``likelihoods`` (what evidence says),
``registration``, ``plans`` and the other evidence functions (what is found), ``stage`` (weighing).
"""
