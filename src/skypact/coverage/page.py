"""A coverage plan as one self-contained HTML page.

In: a network and the layers asked for. Out: HTML text that fetches nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from skypact.coverage.gaps import Gap, largest
from skypact.coverage.likelihood import LIKELY, Likelihood
from skypact.coverage.maps import (
    COUNT_COLOURS,
    LAYER_STEPS_M,
    UNDER_GROUND,
    colours_of,
    colours_of_count,
    png,
)
from skypact.coverage.network import Network
from skypact.coverage.parties import PartyShare

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1b1f24;background:#fff}h1{font-size:1.5rem}h2{margin-top:2.2rem}
table{border-collapse:collapse}td,th{padding:.25rem .8rem;text-align:right;
border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}
figure{margin:1rem 0}img{width:100%;image-rendering:pixelated;background:#eee}
.key{display:inline-block;width:1em;height:1em;margin:0 .4em 0 1em;vertical-align:-.1em}
.map{position:relative}.mast{position:absolute;transform:translate(-50%,-50%);
color:#fff;text-shadow:0 0 3px #000;font-size:12px}
"""

CHANCE_KEY = "bright: certain; dark: never; empty: the ground is higher or not known"


def page(
    network: Network,
    likelihood: Likelihood,
    remarks: Sequence[str],
    *,
    gaps: Sequence[Gap] = (),
    parties: Sequence[PartyShare] = (),
) -> str:
    """The report: shares by altitude, nations, maps, gaps, method and assumptions."""
    layers_m = likelihood.altitude_m
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>Coverage</title>",
        f"<style>{STYLE}</style><h1>Coverage of {len(network.masts)} sensors</h1>",
        "<h2>Share of the area that is seen</h2>",
        _shares(network, likelihood),
        _parties(parties, layers_m),
        "<h2>Lowest visible altitude</h2>",
        _figure(network, png(colours_of(network.together_m())), _altitude_key()),
    ]
    for k, altitude_m in enumerate(layers_m):
        likely = likelihood.at_least[k, 0]
        parts += [
            f"<h2>Seen at {altitude_m:.0f} m above mean sea level</h2>",
            _figure(network, png(colours_of_count(network.count_at(altitude_m))), _count_key()),
            f"<h2>Detected in one scan at {altitude_m:.0f} m</h2>",
            _figure(network, png(colours_of(likely, (1.0, 0.0))), CHANCE_KEY),
        ]
    parts += [_gaps(gaps, layers_m), "<h2>Method and assumptions</h2><ul>"]
    parts += [f"<li>{escape(remark)}</li>" for remark in remarks]
    parts += ["</ul></html>"]
    return "".join(parts)


def _shares(network: Network, likelihood: Likelihood) -> str:
    layers_m = likelihood.altitude_m
    heads = "".join(f"<th>{altitude:.0f} m</th>" for altitude in layers_m)
    rows = []
    for least in range(1, min(3, len(network.masts)) + 1):
        cells = "".join(f"<td>{network.share_at(a, least):.1%}</td>" for a in layers_m)
        rows.append(f"<tr><td>by {least} or more</td>{cells}</tr>")
    if len(network.masts) > 1:
        for number, mast in enumerate(network.masts):
            cells = "".join(
                f"<td>{network.share_at(a, without=(number,)):.1%}</td>" for a in layers_m
            )
            rows.append(f"<tr><td>without {escape(mast.name)}</td>{cells}</tr>")
    for least in range(1, min(3, len(network.masts)) + 1):
        shares = (
            likelihood.share_at(k, network.area_km2, LIKELY, least) for k in range(len(layers_m))
        )
        cells = "".join(f"<td>{share:.1%}</td>" for share in shares)
        rows.append(f"<tr><td>detected by {least} or more, {LIKELY:.0%} of scans</td>{cells}</tr>")
    return f"<table><tr><th>seen</th>{heads}</tr>{''.join(rows)}</table>"


def _parties(parties: Sequence[PartyShare], layers_m: Sequence[float]) -> str:
    """What each nation sees alone, and what all see."""
    if not parties:
        return ""
    heads = "".join(f"<th>{altitude:.0f} m</th>" for altitude in layers_m)
    rows = []
    for share in parties:
        for words, values in (("alone", share.alone), ("and nobody else", share.only)):
            cells = "".join(f"<td>{value:.1%}</td>" for value in values)
            rows.append(f"<tr><td>{escape(share.party)} {words}</td>{cells}</tr>")
    cells = "".join(f"<td>{value:.1%}</td>" for value in parties[0].together)
    rows.append(f"<tr><td>all together</td>{cells}</tr>")
    table = f"<table><tr><th>sees</th>{heads}</tr>{''.join(rows)}</table>"
    return f"<h2>What each sees alone, and what the agreement adds</h2>{table}"


def _gaps(gaps: Sequence[Gap], layers_m: Sequence[float]) -> str:
    """The largest regions that nobody sees."""
    rows = [
        f"<tr><td>{gap.altitude_m:.0f} m</td><td>{gap.area_km2:,.0f} km<sup>2</sup></td>"
        f"<td>{gap.latitude_deg:.3f}, {gap.longitude_deg:.3f}</td><td>{escape(gap.place)}</td></tr>"
        for altitude in layers_m
        for gap in largest(gaps, altitude)
    ]
    if not rows:
        return "<h2>Gaps</h2><p>Within reach nothing is unseen at these altitudes.</p>"
    return (
        "<h2>Largest gaps</h2><table><tr><th>at</th><th>area</th><th>deepest place</th>"
        f"<th>which is</th></tr>{''.join(rows)}</table>"
    )


def _figure(network: Network, picture: bytes, key: str) -> str:
    grid = network.grid
    north, south = float(grid.latitude_deg[0]), float(grid.latitude_deg[-1])
    west, east = float(grid.longitude_deg[0]), float(grid.longitude_deg[-1])
    masts = []
    for mast in network.masts:
        longitude = mast.longitude_deg
        while longitude < west:
            longitude += 360.0
        x = 100.0 * (longitude - west) / (east - west)
        y = 100.0 * (north - mast.latitude_deg) / (north - south)
        place = f"left:{x:.2f}%;top:{y:.2f}%"
        masts.append(f'<span class=mast style="{place}">&#9650; {escape(mast.name)}</span>')
    data = base64.b64encode(picture).decode()
    return (
        f'<figure><div class=map><img alt="map" src="data:image/png;base64,{data}">'
        f"{''.join(masts)}</div><figcaption>{key}</figcaption></figure>"
    )


def _altitude_key() -> str:
    low, high = LAYER_STEPS_M
    return f"bright: {low:.0f} m or lower; dark: {high:.0f} m or higher; empty: never seen"


def _count_key() -> str:
    words = ("nobody", "one", "two", "three or more")
    colours = [*COUNT_COLOURS.tolist(), UNDER_GROUND]
    return "".join(
        f'<span class=key style="background:rgb{tuple(colour)}"></span>{word}'
        for colour, word in zip(colours, (*words, "ground is higher"), strict=True)
    )
