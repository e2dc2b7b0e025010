"""An ADS-B receiver: what aircraft broadcast and it hears, as CAT021 reports or Beast bytes.

In: an exercise and one of its receivers. Out: for each tenth of a second, when it is over, the
datagrams (CAT021) or stretch of stream (Beast) the receiver sends. Documents: EUROCONTROL
SUR.ET1.ST05.2000-STD part 12 (CAT021, edition 2); RTCA DO-260B, 2.2.3.3 for the rates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.encode import encode
from skypact.feeds.mode_s import encode as mode_s
from skypact.geodesy import geodetic_to_polar
from skypact.kernels.geodesy import SEMI_MAJOR_M
from skypact.model.plots import NO_CODE
from skypact.simulator.exercise import Exercise, SimulatedSensor
from skypact.simulator.radar import MAX_DATAGRAM, NAUTICAL_MILE_M, time_of_day_s
from skypact.simulator.randomness import Chance
from skypact.simulator.traffic import FOOT_M
from skypact.simulator.truth import Floats, TruthState

SLOT_S = 0.1
"""How long a receiver gathers before it sends."""

REPORT, POSITION, VELOCITY, IDENTIFICATION, STATUS, ALL_CALL, ALTITUDE, IDENTITY = range(8)
PERIOD_S = (1.0, 0.5, 0.5, 5.0, 2.5, 1.0, 5.0, 5.0)
"""Mean time between transmissions of each kind; replies as if one radar asked."""

CAT021_KINDS = (REPORT,)
BEAST_KINDS = (POSITION, VELOCITY, IDENTIFICATION, STATUS, ALL_CALL, ALTITUDE, IDENTITY)
WITHOUT_ADSB = (ALL_CALL, ALTITUDE, IDENTITY)
"""What a Mode S transponder without ADS-B sends as well."""

PERIOD_SPREAD = 0.04
"""Aircraft differ in their period by this share, so that none stay in step for long."""

NACP_LIMITS_M = (3.0, 10.0, 30.0, 92.6, 185.2, 555.6, 926.0, 1852.0, 3704.0, 7408.0, 18520.0)
"""Accuracy radius (95 %) below which NACp is 11, 10 ... 1; DO-260B, table 2-71."""

RAYLEIGH_95 = 2.4477
"""Radius that holds 95 % of positions, in standard deviations per axis."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Transmissions heard in one slot, in time order; arrays of shape (transmissions,).

    ``count`` numbers the transmissions of one kind of one aircraft (its parity is CPR's);
    ``latitude_rad`` and ``longitude_rad`` carry the aircraft's own position error.
    """

    kind: NDArray[np.int64]
    flight: NDArray[np.int64]
    count: NDArray[np.int64]
    time_s: Floats
    state: TruthState
    latitude_rad: Floats
    longitude_rad: Floats


def nacp_of(sigma_m: float) -> int:
    """NACp that an aircraft with this position error (per axis) announces."""
    return 11 - int(np.searchsorted(NACP_LIMITS_M, RAYLEIGH_95 * sigma_m, side="right"))


class ReceiverSource:
    """One receiver of an exercise, asked slot by slot, in any order.

    Parameters
    ----------
    exercise
        Truth, seed and time.
    simulated
        The receiver; its format says which of the two outputs it has.
    """

    def __init__(self, exercise: Exercise, simulated: SimulatedSensor) -> None:
        self.simulated = simulated
        self.channel = simulated.channel
        self._truth = truth = exercise.truth
        sensor = simulated.sensor
        self._origin = (sensor.latitude_rad, sensor.longitude_rad, sensor.altitude_m)
        self._chance = Chance(exercise.seed, sensor.name)
        self._kinds = BEAST_KINDS if simulated.format == "beast" else CAT021_KINDS
        # when aircraft transmit is theirs, not the receiver's: alike for all receivers
        habits = Chance(exercise.seed, "transmissions").stream(0)
        shape = (len(PERIOD_S), len(truth))
        self._phase = habits.random(shape)
        spread = 1.0 + PERIOD_SPREAD * (habits.random(shape) - 0.5)
        self._period_s = np.array(PERIOD_S)[:, None] * spread
        self._nacp = nacp_of(sensor.position_sigma_m)

    def due_s(self, step: int) -> float:
        """Exercise second at which slot ``step`` is over."""
        return (step + 1) * SLOT_S

    def heard(self, step: int) -> Heard:
        """What the receiver hears in one slot."""
        sensor = self.simulated.sensor
        kind, flight, count, time_s = self._transmitted(step * SLOT_S, (step + 1) * SLOT_S)
        order = np.lexsort((kind, flight, time_s))
        kind, flight, count, time_s = kind[order], flight[order], count[order], time_s[order]
        state = self._truth.state(flight, time_s)
        chance = self._chance.stream(step)
        luck = chance.random(len(flight))
        noise_m = chance.standard_normal((2, len(flight))) * sensor.position_sigma_m
        across = (SEMI_MAJOR_M + state.altitude_m) * np.cos(state.latitude_rad)
        kept = (luck < sensor.detection_probability) & self._visible(state)
        chosen = TruthState(
            **{name: getattr(state, name)[kept] for name in TruthState.__dataclass_fields__}
        )
        return Heard(
            kind[kept],
            flight[kept],
            count[kept],
            time_s[kept],
            chosen,
            chosen.latitude_rad + (noise_m[1] / (SEMI_MAJOR_M + state.altitude_m))[kept],
            chosen.longitude_rad + (noise_m[0] / across)[kept],
        )

    def _transmitted(
        self, start_s: float, end_s: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Floats]:
        """Kind, flight, count and time of what is sent in [start, end) by equipped aircraft."""
        truth = self._truth
        flights = truth.airborne(start_s)
        flights = flights[(truth.mode_s[flights] != NO_CODE) & (truth.end_s[flights] > end_s)]
        parts = []
        for kind in self._kinds:
            able = flights if kind in WITHOUT_ADSB else flights[truth.adsb[flights]]
            if kind == IDENTITY:  # no reply says that there is no code
                able = able[truth.mode_3a[able] != NO_CODE]
            period, phase = self._period_s[kind, able], self._phase[kind, able]
            # periods are longer than a slot, so at most one of a kind falls into it
            count = np.ceil(start_s / period - phase)
            time_s = (count + phase) * period
            now = (time_s >= start_s) & (time_s < end_s)
            parts.append(
                (np.full(now.sum(), kind), able[now], count[now].astype(np.int64), time_s[now])
            )
        kinds, able, counts, times = zip(*parts, strict=True)
        return tuple(np.concatenate(v) for v in (kinds, able, counts, times))  # type: ignore[return-value]

    def _visible(self, state: TruthState) -> NDArray[np.bool_]:
        """In range and above the horizon of a smooth earth of 4/3 radius (no terrain yet)."""
        range_m, _, elevation_rad = geodetic_to_polar(
            state.latitude_rad, state.longitude_rad, state.altitude_m, origin=self._origin
        )
        apparent = np.sin(elevation_rad) + range_m / (8.0 * SEMI_MAJOR_M)
        seen: NDArray[np.bool_] = (range_m <= self.simulated.sensor.max_range_m) & (
            apparent >= np.sin(self.simulated.least_elevation_rad)
        )
        return seen

    def payloads(self, step: int) -> list[bytes]:
        """Datagrams, or the stretch of stream, of one slot; none if nothing was heard."""
        heard = self.heard(step)
        if not len(heard.flight):
            return []
        if self.simulated.format == "beast":
            return [self._beast(heard)]
        return encode(21, self._columns(heard, self.due_s(step)), max_block_bytes=MAX_DATAGRAM)

    def _columns(self, heard: Heard, sent_s: float) -> dict[str, object]:
        """CAT021 fields of airborne aircraft that send DO-260B."""
        truth, sensor, state = self._truth, self.simulated.sensor, heard.state
        measured = time_of_day_s(truth.nanoseconds(heard.time_s))
        sent = time_of_day_s(truth.nanoseconds(np.array([sent_s])))[0]
        east, north = state.velocity_east_mps, state.velocity_north_mps
        track = np.degrees(np.arctan2(east, north)) % 360.0
        step_deg = 360.0 / 65536.0
        climb = state.velocity_up_mps / FOOT_M * 60.0
        return {
            "I021/010/SAC": sensor.sac,
            "I021/010/SIC": sensor.sic,
            "I021/040/ATP": 0,
            "I021/040/ARC": 0,
            "I021/040/SIM": 1,
            "I021/071": measured,
            "I021/073": measured,
            "I021/131/LAT": np.degrees(heard.latitude_rad),
            "I021/131/LON": np.degrees(heard.longitude_rad),
            "I021/080": state.mode_s,
            "I021/090/NUCPNIC": 8,
            "I021/090/SIL": 3,
            "I021/090/NACP": self._nacp,
            "I021/210/VN": 2,
            "I021/210/LTT": 2,
            "I021/070/MODE3A": state.mode_3a,
            "I021/140": state.altitude_m / FOOT_M,
            "I021/145": np.rint(state.pressure_altitude_m / FOOT_M / 25.0) * 0.25,
            "I021/155/BVR": climb,
            "I021/160/GS": np.hypot(east, north) / NAUTICAL_MILE_M,
            "I021/160/TA": np.rint(track / step_deg) % 65536 * step_deg,
            "I021/077": sent,
            "I021/170": state.callsign,
            "I021/020": 3,
        }

    def _beast(self, heard: Heard) -> bytes:
        """Messages of all kinds in time order, stamped by the receiver's 12 MHz counter."""
        state = heard.state
        address = state.mode_s
        altitude_ft = state.pressure_altitude_m / FOOT_M
        messages = np.zeros((len(address), 14), np.uint8)
        for kind in np.unique(heard.kind):
            own = np.flatnonzero(heard.kind == kind)
            icao = address[own]
            if kind == POSITION:
                messages[own] = mode_s.encode_airborne_position(
                    icao,
                    heard.latitude_rad[own],
                    heard.longitude_rad[own],
                    altitude_ft[own],
                    heard.count[own] % 2 == 1,
                )
            elif kind == VELOCITY:
                messages[own] = mode_s.encode_velocity(
                    icao,
                    state.velocity_east_mps[own],
                    state.velocity_north_mps[own],
                    state.velocity_up_mps[own],
                )
            elif kind == IDENTIFICATION:
                messages[own] = mode_s.encode_identification(icao, state.callsign[own], category=3)
            elif kind == STATUS:
                messages[own] = mode_s.encode_operational_status(icao, self._nacp)
            elif kind == ALL_CALL:
                messages[own] = mode_s.encode_all_call(icao)
            elif kind == ALTITUDE:
                messages[own] = mode_s.encode_altitude_reply(icao, altitude_ft[own])
            else:
                messages[own] = mode_s.encode_identity_reply(icao, state.mode_3a[own])
        time_ns = self._truth.nanoseconds(heard.time_s)
        counter = mode_s.counter_12mhz(time_ns, epoch_ns=self._truth.start_ns)
        return mode_s.beast_bytes(messages, counter)
