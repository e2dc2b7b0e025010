"""Whatever the tables hold, the judge gives finite figures and a page, or refuses by name."""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.evaluation.judgement import Settings, judge
from skypact.evaluation.paths import Paths, make_paths
from skypact.evaluation.report import report_page
from skypact.model.errors import BadTable, UsageError

ODD = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-300, 1e300, -1e9, 90.0, 180.0]
TIMES = st.one_of(
    st.integers(0, 120).map(lambda s: s * 1_000_000_000),
    st.integers(0, 200_000_000_000),
    st.sampled_from([-1, 0, 2**62, 2**63 - 1, -(2**63)]),
)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.one_of(st.floats(low, high), st.sampled_from(ODD))


ROWS = st.lists(
    st.tuples(
        st.integers(-2, 3),
        TIMES,
        numbers(41.9, 42.1),
        numbers(74.9, 75.1),
        numbers(-500.0, 15_000.0),
        numbers(-300.0, 300.0),
        numbers(-300.0, 300.0),
        numbers(0.0, 500.0),
        st.integers(-1, 3),
        st.booleans(),
    ),
    max_size=40,
)


def table(kind: str, rows: list[tuple]) -> Paths:
    columns = [np.array(column) for column in zip(*rows, strict=True)] or [np.empty(0)] * 10
    number = columns[0].astype(np.int64)
    return make_paths(
        kind,  # type: ignore[arg-type]
        number,
        time_ns=columns[1].astype(np.int64),
        latitude_rad=np.radians(columns[2].astype(np.float64)),
        longitude_rad=np.radians(columns[3].astype(np.float64)),
        altitude_m=columns[4].astype(np.float64),
        east_mps=columns[5].astype(np.float64),
        north_mps=columns[6].astype(np.float64),
        sigma_m=columns[7].astype(np.float64),
        mode_s=columns[8].astype(np.int32),
        covered=columns[9].astype(np.bool_),
    )


@given(tracks=ROWS, truth=ROWS, codes=st.booleans(), period=st.sampled_from([None, 1.0, 7.5]))
@settings(max_examples=80)
def test_odd_tables_give_finite_figures_or_a_named_error(tracks, truth, codes, period) -> None:
    asked = Settings(
        period_s=period, settle_s=0.0, warm_s=0.0, codes=codes, three_d=not codes,
        from_ns=0, to_ns=10**12,
    )  # fmt: skip
    with np.errstate(all="ignore"):
        try:
            judgement = judge(table("tracks", tracks), table("truth", truth), asked)
        except (BadTable, UsageError):
            return
        json.dumps(judgement.figures, allow_nan=False)
        page = report_page("odd", judgement)
    assert page.endswith("</html>")
    held = judgement.figures["continuity"]["completeness"]
    assert held is None or 0.0 <= held <= 1.0


@given(rows=ROWS, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_the_order_of_rows_changes_nothing(rows, seed) -> None:
    once = {(row[0], row[1]): row for row in rows}
    plain = list(once.values())
    mixed = [plain[k] for k in np.random.default_rng(seed).permutation(len(plain))]
    asked = Settings(settle_s=0.0, warm_s=0.0, to_ns=10**12)
    found = []
    for order in (plain, mixed):
        with np.errstate(all="ignore"):
            try:
                figures = judge(table("tracks", order), table("truth", plain), asked).figures
            except (BadTable, UsageError) as problem:
                found.append(str(problem))
                continue
        found.append({key: value for key, value in figures.items() if key != "notes"})
    assert found[0] == found[1]
