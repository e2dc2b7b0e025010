// The view that shows a set of points, wherever on the globe they lie.

import { mercatorPerMetre } from '../picture/mercator';

const LEAST_SPAN_M = 300_000;
const MARGIN = 1.25;

export interface MapTarget {
  center: [number, number];
  zoom: number;
}

/**
 * Centre and zoom for points on the unit square; null for none. The first `kept` points are
 * always inside (sensors); of the others a twentieth on each side may fall outside, so that one
 * stray track does not make the picture tiny.
 */
export function fitTo(
  points: readonly [number, number][],
  kept: number,
  widthPx: number,
  heightPx: number,
): MapTarget | null {
  const known = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  if (known.length === 0) return null;
  // Nearest copies to the first point: a picture across the 180th meridian is one picture.
  const origin = known[0][0];
  const [west, east] = span(known.map(([x]) => x - origin - Math.round(x - origin)), kept);
  const [north, south] = span(known.map(([, y]) => y), kept);
  const y = (north + south) / 2;
  const latitude = (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
  const least = LEAST_SPAN_M * mercatorPerMetre(latitude);
  const worldPx = Math.min(
    widthPx / Math.max(least, (east - west) * MARGIN),
    heightPx / Math.max(least, (south - north) * MARGIN),
  );
  const x = origin + (west + east) / 2;
  return { center: [(x - 0.5) * 360, latitude], zoom: Math.log2(worldPx / 512) };
}

function span(values: number[], kept: number): [number, number] {
  const free = values.slice(kept).sort((a, b) => a - b);
  const cut = Math.floor(free.length / 20);
  const ends = [...values.slice(0, kept), ...free.slice(cut, free.length - cut)];
  return [Math.min(...ends), Math.max(...ends)];
}
