"""Flight plans as rows of a CSV file (RFC 4180), for nations whose plans come from a spreadsheet.

Columns: ``callsign``, ``departure``, ``destination``, ``off_block`` (ISO 8601, UTC),
``enroute`` (HHMM), ``route`` (item 15 of the ICAO plan, such as ``N0450F340 DCT 4230N07430E``);
they may be followed by ``rules``, ``flight_type``, ``aircraft_type``, ``address`` (hexadecimal) and
``code`` (``A1234``). A column with another name is refused: it would be believed to be read.
"""

from __future__ import annotations

import csv
import io

from skypact.identity.plans.icao import finished
from skypact.identity.plans.plan import LONGEST_MESSAGE, FlightPlan, MalformedPlan, PlanTooLong
from skypact.identity.plans.route import Fixes
from skypact.identity.plans.values import callsign, duration_s, mode_3a, mode_s, place
from skypact.model.time import from_iso

NEEDED = ("callsign", "departure", "destination", "off_block", "enroute", "route")
FURTHER = ("rules", "flight_type", "aircraft_type", "address", "code")


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a file, each by column.

    Raises
    ------
    MalformedPlan
        If it is no CSV, or its columns are not those that are known.
    """
    try:
        lines = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as problem:
        raise MalformedPlan(f"no CSV: {problem}") from None
    header = [name.strip() for name in lines[0]] if lines else []
    missing = [name for name in NEEDED if name not in header]
    strange = [name for name in header if name not in (*NEEDED, *FURTHER)]
    if missing or strange or len(set(header)) != len(header):
        raise MalformedPlan(f"columns: missing {missing}, not known {strange[:5]}")
    short = "\0"
    return [
        dict(zip(header, [*line, *[short] * (len(header) - len(line))], strict=False))
        for line in lines[1:]
        if line
    ]


def plan_from_row(row: dict[str, str], received_ns: int, fixes: Fixes) -> FlightPlan:
    """The plan of one row.

    Raises
    ------
    PlanRefused
        By what is wrong.
    """
    if sum(map(len, row.values())) > LONGEST_MESSAGE:
        raise PlanTooLong("a row longer than a message")
    if "\0" in "".join(row.values()):
        raise MalformedPlan("a row with fewer values than columns")
    row = {name: value.strip() for name, value in row.items()}
    try:
        off_block_ns = from_iso(row["off_block"])
    except (ValueError, OverflowError):
        raise MalformedPlan(f"{row['off_block'][:30]!r} is no ISO 8601 time") from None
    rules, flight_type = row.get("rules", "I") or "I", row.get("flight_type", "")
    if rules not in "IVYZ" or len(rules) != 1 or flight_type not in ("", *"SNGMX"):
        raise MalformedPlan(f"rules {rules[:10]!r} and type {flight_type[:10]!r}")
    filed = FlightPlan(
        callsign=callsign(row["callsign"]),
        rules=rules,
        flight_type=flight_type,
        aircraft_type=row.get("aircraft_type", "")[:4],
        address=mode_s(row["address"].upper()) if row.get("address") else -1,
        code=mode_3a(row["code"]) if row.get("code") else -1,
        departure=place(row["departure"]),
        destination=place(row["destination"]),
        off_block_ns=off_block_ns,
        enroute_s=duration_s(row["enroute"]),
        speed_mps=0.0,
        level_m=0.0,
        points=(),
        unplaced=(),
        route=row["route"],
    )
    return finished(filed, received_ns, fixes)
