"""Whole nodes through loss, parted links, jumping clocks and loss of power; see the two modules.

A failure is a seed: ``python tests/nations_through_trouble.py --first SEED --seeds 1`` plays it.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import nations_through_trouble

SEEDS = 50


def test_fifty_seeds_lose_nothing_leak_nothing_and_agree_within_a_minute_of_healing() -> None:
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=fresh) as pool:
        outcomes = list(pool.map(nations_through_trouble.play, range(SEEDS), chunksize=5))
    faults = {outcome.seed: outcome.faults for outcome in outcomes if outcome.faults}
    assert not faults
    assert sum(outcome.shared for outcome in outcomes) > 3 * SEEDS, (
        "too little was there to agree on"
    )
    assert sum(outcome.reports for outcome in outcomes) > 20 * SEEDS
    assert {outcome.stations for outcome in outcomes} == {2, 3, 4, 5, 6}


def test_the_same_seed_gives_the_same_run() -> None:
    assert nations_through_trouble.play(7).digest == nations_through_trouble.play(7).digest
