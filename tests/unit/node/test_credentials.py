"""How long a link's credentials may last, and which offered token takes another's place."""

import datetime
import os
import time
from pathlib import Path

import pytest

from agreement_texts import KEYS, NAME, PINS, first_version, signatures
from skypact.agreement.amendments import Chain, with_document, with_notice, with_signature
from skypact.agreement.canonical import digest_of
from skypact.agreement.reckoning import begins_ns
from skypact.agreement.signing import SignedNotice, sign_notice
from skypact.exchange.nats_tokens import make_nats_key, read_user_token, token_in, user_token
from skypact.model.time import SECOND_NS
from skypact.node.credentials import agreed_end_ns, extended, partner_token, take_offer
from skypact.node.station import open_station
from skypact.node.station_files import read_small
from two_stations import Pair, joined_stations

TERM_ENDS = datetime.date(2035, 2, 1)
NOTICE_BY = datetime.date(2034, 8, 1)
NEXT_ENDS = datetime.date(2040, 2, 1)


def at(day: datetime.date, days: int = 0) -> int:
    """The first instant of a day, or of one so many days later."""
    return begins_ns(day + datetime.timedelta(days=days), "UTC")


@pytest.fixture
def chain() -> Chain:
    document = first_version()
    made = with_document(Chain(NAME), document, PINS)
    for one in signatures(document):
        made = with_signature(made, one)
    return made


def with_a_notice(chain: Chain, day: datetime.date) -> Chain:
    document = chain.accepted[0].document
    notice = SignedNotice(
        agreement=NAME, digest=digest_of(document).hex(), party="WE", kind="notice", day=day
    )
    return with_notice(chain, sign_notice(notice, KEYS["WE"]))


def test_credentials_end_with_the_term_that_runs_while_notice_may_still_be_given(
    chain: Chain,
) -> None:
    for day in (datetime.date(2030, 2, 1), NOTICE_BY):
        assert agreed_end_ns(chain, "WE", at(day)) == at(TERM_ENDS, 1)


def test_once_nobody_can_give_notice_any_more_they_last_to_the_end_of_the_next_term(
    chain: Chain,
) -> None:
    for day in (NOTICE_BY + datetime.timedelta(days=1), TERM_ENDS):
        assert agreed_end_ns(chain, "WE", at(day)) == at(NEXT_ENDS, 1)


def test_after_a_notice_they_end_with_the_term_whatever_day_it_is(chain: Chain) -> None:
    ending = with_a_notice(chain, datetime.date(2034, 7, 1))
    for day in (NOTICE_BY, NOTICE_BY + datetime.timedelta(days=1), TERM_ENDS):
        assert agreed_end_ns(ending, "WE", at(day)) == at(TERM_ENDS, 1)
    assert agreed_end_ns(ending, "WE", at(TERM_ENDS, 1)) == 0


def test_before_its_first_day_and_without_signatures_there_are_none(chain: Chain) -> None:
    assert agreed_end_ns(chain, "WE", at(datetime.date(2030, 1, 31))) == 0
    assert agreed_end_ns(Chain(NAME), "WE", at(NOTICE_BY)) == 0
    draft = with_document(Chain(NAME), first_version(), PINS)
    assert agreed_end_ns(draft, "WE", at(NOTICE_BY)) == 0


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return joined_stations(tmp_path)


def held_until(pair: Pair) -> int:
    link = open_station(pair.west, time.time_ns()).held[0].paths
    return read_user_token(token_in(read_small(link.credentials).decode(), "w"), "w").until_ns


def test_an_offer_of_the_same_account_that_ends_later_is_taken_and_written_down(
    pair: Pair,
) -> None:
    now_ns = time.time_ns()
    east, west = open_station(pair.east, now_ns), open_station(pair.west, now_ns)
    later_ns = held_until(pair) + 7 * SECOND_NS
    longer = extended(east.held[0], later_ns)
    assert east.changed()
    token = partner_token(longer, "EA", now_ns)
    assert take_offer(west, west.held[0], token)
    assert held_until(pair) == later_ns
    assert open_station(pair.west, now_ns).links[0].credentials_end_ns == later_ns
    assert not take_offer(west, west.held[0], token), "the same again changes nothing"
    assert extended(longer, later_ns - SECOND_NS).table.credentials_end_ns == str(later_ns)


def test_no_other_offer_is_taken(pair: Pair) -> None:
    now_ns = time.time_ns()
    east, west = open_station(pair.east, now_ns), open_station(pair.west, now_ns)
    before = held_until(pair)
    user = west.own.card.nats_user
    account = east.held[0].account
    stranger = make_nats_key("account", os.urandom)
    part = {"publish": ["WE.>"], "subscribe": ["EA.WE.>"], "leaf": True}
    later = {"until_ns": before + SECOND_NS}
    offers = (
        "",
        "x.y.z",
        user_token(stranger, user, "w", now_ns, **part, **later),
        user_token(account, make_nats_key("user", os.urandom).public, "w", now_ns, **part, **later),
        user_token(account, user, "w", now_ns, **(part | {"publish": [">"]}), **later),
        user_token(account, user, "w", now_ns, **part, until_ns=before - SECOND_NS),
    )
    for offer in offers:
        assert not take_offer(west, west.held[0], offer)
    assert held_until(pair) == before
