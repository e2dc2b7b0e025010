"""The agreement document: its nouns, as they stand in the TOML file.

Every table that grants, forbids or dates something names the clause it rests on, and every
clause names its source. Dates are calendar days of the place that ``Term.time_zone`` names.
Nothing here decides: ``reading`` builds these from a file, ``calendar`` reads the term,
``release`` (a stage) compiles the rules.
"""

from __future__ import annotations

import datetime
from typing import Any, Literal

import msgspec

Language = Literal["en", "ru", "ky"]
Words = dict[str, str]
"""The same words in several languages, by language code; "en" is always there."""

Day = datetime.date
Renewal = Literal["tacit", "explicit", "none"]
AreaKind = Literal["own", "joint", "border"]
RoleKind = Literal["coordinator", "director", "national-command", "joint-post"]
Scope = Literal["own-forces", "joint-actions", "all"]
ItemKind = Literal["plot", "track", "identity", "alert", "threat-report", "order", "recording"]
AircraftClass = Literal["civil", "state", "unknown"]
Verdict = Literal["whole", "blurred", "nothing"]
OrderKind = Literal[
    "identify",
    "hand-over-track",
    "raise-readiness",
    "scramble-for-identification",
    "close-airspace",
    "open-airspace",
    "report",
    "stand-down",
]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all tables: a word the format does not know is an error, not a comment."""


class Clause(Table, frozen=True, kw_only=True):
    """A provision of the text: what everything else rests on."""

    id: str  # such as "art-6"
    text: Words
    source: str  # where it was read: document and paragraph, or press report
    note: str = ""  # contradiction between sources, and which was followed and why


class Party(Table, frozen=True, kw_only=True):
    """A state or organisation that is bound."""

    code: str  # such as "KG"; up to 8 characters A-Z, 0-9 and -
    name: Words
    clause: str = ""
    signed: Day | None = None
    ratified: Day | None = None
    acceded: Day | None = None  # of an agreement open to accession
    key: str = ""  # Ed25519 public key of its signatory, 64 hex digits; empty until known


class Term(Table, frozen=True, kw_only=True):
    """How long it binds."""

    clause: str
    in_force: Day | None = None  # None until every ratification has been exchanged
    months: int = 0  # initial term; 0 is without end
    renewal: Renewal = "none"
    renewal_clause: str = ""
    renewal_months: int = 0
    notice_months: int = 0  # before the end of the term (or, without end, before leaving)
    notice_clause: str = ""
    notice_form: str = "written"
    ratification_needed: bool = True
    wind_down_days: int = 0  # the last days, on which nothing new begins
    time_zone: str = "UTC"  # whose midnight begins a day


class Area(Table, frozen=True, kw_only=True):
    """A part of the surface, by its GeoJSON geometry (Polygon or MultiPolygon, degrees)."""

    id: str
    name: Words
    clause: str
    kind: AreaKind
    owner: str = ""  # party, of an own area or border strip
    geometry: dict[str, Any] = {}
    file: str = ""  # GeoJSON beside the document, in place of ``geometry``


class Site(Table, frozen=True, kw_only=True):
    """A place put to joint use, or a unit stationed on another's land."""

    id: str
    name: Words
    clause: str
    owner: str  # party that owns what stands there
    host: str  # party on whose territory it lies
    users: tuple[str, ...] = ()
    purpose: str = ""
    size_ha: float | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    status: Literal["planned", "operational", "closed"] = "operational"
    ends_with_term: bool = True


class Role(Table, frozen=True, kw_only=True):
    """Who coordinates, who directs what, who commands for a nation."""

    id: str
    kind: RoleKind
    clause: str
    party: str
    office: Words  # such as "Commander of the Air Defence Forces"
    scope: Scope = "own-forces"
    site: str = ""


class OrderRule(Table, frozen=True, kw_only=True):
    """Who may do what with one kind of order; names are ids of roles."""

    order: OrderKind
    clause: str
    propose: tuple[str, ...]
    authorise: tuple[str, ...]  # "unit" is the national command of the unit's nation
    people: int = 1  # different persons that must authorise
    territorial_consent: bool = False
    civil_acknowledgement: bool = False
    acceptance: bool = False  # by the receiving unit


class Blur(Table, frozen=True, kw_only=True):
    """What is taken from an item before it leaves."""

    id: str
    grid_m: float = 0.0  # positions to the middle of a cell of this size; 0 leaves them
    delay_s: float = 0.0
    hide_source: bool = False
    remove: tuple[str, ...] = ()  # names of columns, such as "callsign"


class Release(Table, frozen=True, kw_only=True):
    """One rule: items that fit may leave whole, blurred or not at all.

    A list that is empty fits everything, except ``originator`` and ``to``: a rule names them. Of
    the rules that fit, a "nothing" wins; else the first in the document's order decides; where
    none fits, nothing leaves.
    """

    id: str
    clause: str
    verdict: Verdict
    originator: tuple[str, ...]  # parties whose items
    to: tuple[str, ...]  # parties that may see them
    items: tuple[ItemKind, ...] = ()
    areas: tuple[str, ...] = ()  # inside one of these
    outside: tuple[str, ...] = ()  # and in none of these
    aircraft: tuple[AircraftClass, ...] = ()
    identities: tuple[str, ...] = ()  # such as "unknown", "suspect"
    categories: tuple[str, ...] = ()  # the item has one of these
    up_to: str = ""  # highest classification; empty is the lowest only
    sensors: tuple[str, ...] = ()  # sources, by name
    emergency: bool | None = None  # only (True) or never (False) emergencies
    exercise: bool = False  # rules for exercise data and for live data never mix
    min_altitude_m: float | None = None
    max_altitude_m: float | None = None
    blur: str = ""  # id of a Blur


class Onward(Table, frozen=True, kw_only=True):
    """The originator's consent that what came under this agreement leaves under another."""

    id: str
    clause: str
    originator: tuple[str, ...]
    by: tuple[str, ...]  # parties that may pass it on
    to: tuple[str, ...]
    under: tuple[str, ...]  # ids of agreements
    items: tuple[ItemKind, ...] = ()


class Example(Table, frozen=True, kw_only=True):
    """A case with its answer, as lawyers would put it; ``agreement test`` runs them."""

    text: Words
    item: dict[str, Any]  # see docs/reference/agreement.md
    to: str
    expect: Verdict
    clause: str = ""  # the clause that must have decided


class End(Table, frozen=True, kw_only=True):
    """What happens when it lapses."""

    clause: str
    received_data: Literal["freeze", "return", "delete"] = "freeze"
    secrecy_survives: bool = True


class Heading(Table, frozen=True, kw_only=True):
    """Which agreement and which version of it this is."""

    id: str  # such as "ru-kg-2022": the same for all versions
    title: Words
    version: int = 1
    amends: str = ""  # digest of the version before, 64 hex digits
    effective: Day | None = None  # of an amendment: first day on which it replaces that version
    part_of: tuple[str, ...] = ()  # larger systems; membership gives nothing by itself
    accession: bool = False  # open to further parties
    neutral_example: bool = False


class Document(Table, frozen=True, kw_only=True):
    """The whole agreement."""

    agreement: Heading
    term: Term
    party: tuple[Party, ...]
    clause: tuple[Clause, ...]
    classifications: tuple[str, ...] = ("open",)  # from lowest to highest
    categories: tuple[str, ...] = ()
    area: tuple[Area, ...] = ()
    site: tuple[Site, ...] = ()
    role: tuple[Role, ...] = ()
    order: tuple[OrderRule, ...] = ()
    blur: tuple[Blur, ...] = ()
    release: tuple[Release, ...] = ()
    onward: tuple[Onward, ...] = ()
    end: End | None = None
    example: tuple[Example, ...] = ()
