// Map shapes as map/build.mjs writes them, to GeoJSON geometries.

import type { MultiLineString, MultiPolygon, Position } from 'geojson';

export interface Shapes {
  land: MultiPolygon;
  coast: MultiLineString;
  borders: MultiLineString;
}

interface FlatShapes {
  decimals: number;
  land: number[][][];
  /** Null: the coast is the outline of the land (only where no cell cuts the land). */
  coast: number[][] | null;
  borders: number[][];
}

/** Read the flat form; where no coast is given, it is the outline of the land. */
export function readShapes(flat: FlatShapes): Shapes {
  const scale = 10 ** -flat.decimals;
  const line = (numbers: number[]): Position[] => readLine(numbers, scale);
  const land = flat.land.map((polygon) => polygon.map(line));
  const coast = flat.coast?.map(line) ?? land.flat().flatMap(withoutCuts);
  return {
    land: { type: 'MultiPolygon', coordinates: land },
    coast: { type: 'MultiLineString', coordinates: coast },
    borders: { type: 'MultiLineString', coordinates: flat.borders.map(line) },
  };
}

function readLine(numbers: number[], scale: number): Position[] {
  const points: Position[] = [];
  let x = 0;
  let y = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    x += numbers[i];
    y += numbers[i + 1];
    points.push([x * scale, y * scale]);
  }
  return points;
}

/** Natural Earth cuts land at the 180th meridian and closes Antarctica along the pole: no coast. */
function withoutCuts(ring: Position[]): Position[][] {
  const isCut = (a: Position, b: Position): boolean =>
    (Math.abs(a[0]) > 179.99 && Math.abs(b[0]) > 179.99) || (a[1] < -89.9 && b[1] < -89.9);
  const parts: Position[][] = [];
  let part: Position[] = [ring[0]];
  for (let i = 1; i < ring.length; i++) {
    if (isCut(ring[i - 1], ring[i])) {
      if (part.length > 1) parts.push(part);
      part = [];
    }
    part.push(ring[i]);
  }
  if (part.length > 1) parts.push(part);
  return parts;
}
