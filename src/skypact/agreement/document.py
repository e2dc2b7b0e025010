"""The agreement document: its nouns, as they stand in the TOML file.

Every table that grants, forbids or dates something names the clause it rests on, and every
clause names its source. Dates are calendar days of the place that ``Term.time_zone`` names.
Nothing here decides: ``reading`` builds these from a file, ``calendar`` reads the term,
``release`` (a stage) compiles the rules.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

import msgspec

Language = Literal["en", "ru", "ky"]
Words = dict[str, str]
"""The same words in several languages, by language code; "en" is always there."""

Day = datetime.date
Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9-]{1,8}$")]
StationCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9-]{0,7}$")]
JointNumber = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 2)]  # 0 is none, 2**32 - 1 kept free
Digest = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")]
Count = Annotated[int, msgspec.Meta(ge=0, le=36_525)]  # days or months: at most a century of days
Amount = Annotated[float, msgspec.Meta(ge=0.0)]
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

    code: Code  # such as "KG"; up to 8 characters A-Z, 0-9 and -
    name: Words
    clause: str = ""  # that tells of its signature and ratification
    signed: Day | None = None  # day of signature of this version
    ratified: Day | None = None  # day of ratification of this version
    acceded: Day | None = None  # of an agreement open to accession
    key: Digest = ""  # Ed25519 public key of its signatory, 64 hex digits; empty until known


class Term(Table, frozen=True, kw_only=True):
    """How long it binds."""

    clause: str  # that says how long it binds
    in_force: Day | None = None  # left out until every ratification has been exchanged
    months: Count = 0  # initial term; 0 is without end
    renewal: Renewal = "none"  # tacit: unless notice is given; explicit: if all decide so
    renewal_clause: str = ""  # that says how it is renewed
    renewal_months: Count = 0  # each further term
    notice_months: Count = 0  # before the end of the term (or, without end, before leaving)
    notice_clause: str = ""  # that says how it is left
    notice_form: str = "written"  # a notice in another form is refused
    ratification_needed: bool = True  # else it binds by signature
    wind_down_days: Count = 0  # the last days, on which nothing new begins
    time_zone: str = "UTC"  # whose midnight begins a day


class Area(Table, frozen=True, kw_only=True):
    """A part of the surface, by its GeoJSON geometry (Polygon or MultiPolygon, degrees)."""

    id: str
    name: Words
    clause: str
    kind: AreaKind  # of one party, of all, or a strip along a border
    owner: str = ""  # party, of an own area or border strip
    geometry: dict[str, Any] = {}  # GeoJSON, longitude before latitude
    file: str = ""  # GeoJSON beside the document, in place of ``geometry``


class Site(Table, frozen=True, kw_only=True):
    """A place put to joint use, or a unit stationed on another's land."""

    id: str
    name: Words
    clause: str
    owner: str  # party that owns what stands there
    host: str  # party on whose territory it lies
    users: tuple[str, ...] = ()  # parties that use it
    purpose: str = ""  # what it is for
    size_ha: Amount | None = None  # hectares
    latitude_deg: Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)] | None = None  # WGS-84
    longitude_deg: Annotated[float, msgspec.Meta(ge=-180.0, le=180.0)] | None = None  # WGS-84
    status: Literal["planned", "operational", "closed"] = "operational"  # as of this version
    ends_with_term: bool = True  # its use


class Numbers(Table, frozen=True, kw_only=True):
    """A station that takes part in the exchange, and the joint track numbers it gives out.

    A table for each station; left out altogether, each party has a station under its own code,
    which gives out none.
    """

    station: StationCode  # a nation's own has the party's code; up to 8 characters A-Z, 0-9 and -
    party: str  # who staffs it; of a joint post, who hosts it
    clause: str
    first: JointNumber  # lowest joint track number that it gives out
    last: JointNumber  # highest
    joint_post: bool = False  # works for all: gets what every other party may see


class Role(Table, frozen=True, kw_only=True):
    """Who coordinates, who directs what, who commands for a nation."""

    id: str
    kind: RoleKind  # coordinating, directing and commanding are different things
    clause: str
    party: str  # whose officer holds it
    office: Words  # such as "Commander of the Air Defence Forces"
    scope: Scope = "own-forces"  # what is coordinated, directed or commanded
    site: str = ""  # id of the site it works at


class OrderRule(Table, frozen=True, kw_only=True):
    """Who may do what with one kind of order; names are ids of roles."""

    order: OrderKind  # kind of order, one rule each
    clause: str
    propose: tuple[str, ...]  # who may ask for it
    authorise: tuple[str, ...]  # "unit" is the national command of the unit's nation
    people: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1  # different persons that must authorise
    territorial_consent: bool = False  # of the state whose airspace it is
    civil_acknowledgement: bool = False  # by air traffic control
    acceptance: bool = False  # by the receiving unit


class Blur(Table, frozen=True, kw_only=True):
    """What is taken from an item before it leaves."""

    id: str
    grid_m: Amount = 0.0  # positions to the middle of a cell of this size; 0 leaves them
    delay_s: Amount = 0.0  # released so much later
    hide_source: bool = False  # which sensor saw it
    remove: tuple[str, ...] = ()  # names of columns, such as "callsign"


class Release(Table, frozen=True, kw_only=True):
    """One rule: items that fit may leave whole, blurred or not at all.

    A list that is empty fits everything, except ``originator`` and ``to``: a rule names them. Of
    the rules that fit, a "nothing" wins; else the first in the document's order decides; where
    none fits, nothing leaves.
    """

    id: str
    clause: str
    verdict: Verdict  # how the items leave
    originator: tuple[str, ...]  # parties whose items
    to: tuple[str, ...]  # parties that may see them
    items: tuple[ItemKind, ...] = ()  # kinds of items
    areas: tuple[str, ...] = ()  # inside one of these
    outside: tuple[str, ...] = ()  # and in none of these
    aircraft: tuple[AircraftClass, ...] = ()  # civil, state, or not known to be either
    identities: tuple[str, ...] = ()  # such as "unknown", "suspect"
    categories: tuple[str, ...] = ()  # the item has one of these
    up_to: str = ""  # highest classification that is released; left out, the lowest only
    sensors: tuple[str, ...] = ()  # sources, by name
    emergency: bool | None = None  # only (True) or never (False) emergencies
    exercise: bool = False  # rules for exercise data and for live data never mix
    min_altitude_m: float | None = None  # from this altitude up
    max_altitude_m: float | None = None  # up to this altitude
    blur: str = ""  # id of a Blur, where the verdict is "blurred"


class Onward(Table, frozen=True, kw_only=True):
    """The originator's consent that what came under this agreement leaves under another."""

    id: str
    clause: str
    originator: tuple[str, ...]  # parties that consent, for their own items
    by: tuple[str, ...]  # parties that may pass it on
    to: tuple[str, ...]  # parties of the other agreement that may see them
    under: tuple[str, ...]  # ids of agreements
    items: tuple[ItemKind, ...] = ()  # kinds of items


class Example(Table, frozen=True, kw_only=True):
    """A case with its answer, as lawyers would put it; ``agreement test`` runs them."""

    text: Words
    item: dict[str, Any]  # see docs/reference/agreement.md
    to: str  # party that would see it, or a stranger
    expect: Verdict  # the answer
    clause: str = ""  # the clause that must have decided


class End(Table, frozen=True, kw_only=True):
    """What happens when it lapses."""

    clause: str
    received_data: Literal["freeze", "return", "delete"] = "freeze"  # what becomes of it
    secrecy_survives: bool = True  # the duty to protect what was received


class Heading(Table, frozen=True, kw_only=True):
    """Which agreement and which version of it this is."""

    id: str  # such as "ru-kg-2022": the same for all versions
    title: Words
    version: Annotated[int, msgspec.Meta(ge=1, le=9_999)] = 1  # an amendment raises it by one
    amends: Digest = ""  # digest of the version before, 64 hex digits
    effective: Day | None = None  # of an amendment: first day on which it replaces that version
    part_of: tuple[str, ...] = ()  # larger systems; membership gives nothing by itself
    accession: bool = False  # open to further parties
    neutral_example: bool = False  # of states that do not exist


class Document(Table, frozen=True, kw_only=True):
    """The whole agreement."""

    agreement: Heading
    term: Term
    party: tuple[Party, ...]
    clause: tuple[Clause, ...]
    classifications: tuple[str, ...] = ("open",)  # from lowest to highest
    categories: tuple[str, ...] = ()  # marks that narrow who needs to know
    area: tuple[Area, ...] = ()
    site: tuple[Site, ...] = ()
    numbers: tuple[Numbers, ...] = ()
    role: tuple[Role, ...] = ()
    order: tuple[OrderRule, ...] = ()
    blur: tuple[Blur, ...] = ()
    release: tuple[Release, ...] = ()
    onward: tuple[Onward, ...] = ()
    end: End | None = None
    example: tuple[Example, ...] = ()
