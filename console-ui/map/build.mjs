// Makes the base map's files from the npm package world-atlas (Natural Earth, public domain), so
// that no request ever leaves the host: the whole world coarse, and cells of 20 degrees fine.
// Out: src/map/generated/world.json and cell_<west>_<south>.json, each
// { decimals, land: polygons of rings, coast: lines, borders: lines }, lines as `flat` writes them.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { merge, mesh } from 'topojson-client';

const CELL_DEG = 20;
const out = fileURLToPath(new URL('../src/map/generated/', import.meta.url));
const require = createRequire(import.meta.url);



/** Natural Earth cuts land at the 180th meridian and closes Antarctica along the pole: no coast. */
const isCut = ([x1, y1], [x2, y2]) =>
  (Math.abs(x1) > 179.99 && Math.abs(x2) > 179.99) || (y1 < -89.9 && y2 < -89.9);

function shapes(resolution) {
  const atlas = JSON.parse(readFileSync(require.resolve(`world-atlas/countries-${resolution}.json`)));
  const countries = atlas.objects.countries;
  return {
    land: merge(atlas, countries.geometries).coordinates,
    coast: mesh(atlas, countries, (a, b) => a === b).coordinates.flatMap(withoutCuts),
    borders: mesh(atlas, countries, (a, b) => a !== b).coordinates,
  };
}

function withoutCuts(line) {
  const parts = [];
  let part = [line[0]];
  for (let i = 1; i < line.length; i++) {
    if (isCut(line[i - 1], line[i])) {
      if (part.length > 1) parts.push(part);
      part = [];
    }
    part.push(line[i]);
  }
  if (part.length > 1) parts.push(part);
  return parts;
}

/** Part of segment p-q inside the box, by Liang and Barsky (1984), or null. */
function clipSegment([x0, y0], [x1, y1], [west, south, east, north]) {
  let from = 0;
  let to = 1;
  const dx = x1 - x0;
  const dy = y1 - y0;
  for (const [p, q] of [[-dx, x0 - west], [dx, east - x0], [-dy, y0 - south], [dy, north - y0]]) {
    if (p === 0) {
      if (q < 0) return null;
    } else if (p < 0) from = Math.max(from, q / p);
    else to = Math.min(to, q / p);
  }
  if (from > to) return null;
  return [[x0 + from * dx, y0 + from * dy], [x0 + to * dx, y0 + to * dy]];
}

function clipLine(line, box) {
  const parts = [];
  let part = [];
  for (let i = 1; i < line.length; i++) {
    const kept = clipSegment(line[i - 1], line[i], box);
    if (kept === null) {
      if (part.length > 1) parts.push(part);
      part = [];
      continue;
    }
    const joins = part.length > 0 && String(part.at(-1)) === String(kept[0]);
    if (!joins) {
      if (part.length > 1) parts.push(part);
      part = [kept[0]];
    }
    part.push(kept[1]);
  }
  if (part.length > 1) parts.push(part);
  return parts;
}

/** Ring inside the box, by Sutherland and Hodgman (1974); edges along the box are never drawn. */
function clipRing(ring, [west, south, east, north]) {
  let points = ring.slice(0, -1);
  for (const [axis, limit, sign] of [[0, west, 1], [0, east, -1], [1, south, 1], [1, north, -1]]) {
    const inside = (p) => sign * (p[axis] - limit) >= 0;
    const next = [];
    for (let i = 0; i < points.length; i++) {
      const here = points[i];
      const before = points[(i + points.length - 1) % points.length];
      if (inside(here) !== inside(before)) {
        const t = (limit - before[axis]) / (here[axis] - before[axis]);
        next.push([before[0] + t * (here[0] - before[0]), before[1] + t * (here[1] - before[1])]);
      }
      if (inside(here)) next.push(here);
    }
    points = next;
  }
  return points.length > 2 ? [...points, points[0]] : null;
}

function clipPolygon(polygon, box) {
  const outer = clipRing(polygon[0], box);
  if (outer === null) return [];
  return [[outer, ...polygon.slice(1).map((hole) => clipRing(hole, box)).filter((r) => r !== null)]];
}

/**
 * Lines as flat whole numbers, [x, y, dx, dy, ...] in units of a degree's decimal: half the size
 * of GeoJSON. Decimals: 110 m is finer than the source of 1:10 million, 1.1 km than 1:110 million.
 */
function flat(line, decimals) {
  const scale = 10 ** decimals;
  const numbers = [];
  let [x, y] = [0, 0];
  for (const point of line) {
    const [nextX, nextY] = point.map((degrees) => Math.round(degrees * scale));
    if (numbers.length > 0 && nextX === x && nextY === y) continue;
    numbers.push(nextX - x, nextY - y);
    [x, y] = [nextX, nextY];
  }
  return numbers;
}

function write(name, { land, coast, borders }, decimals) {
  const lines = (all) => all.map((line) => flat(line, decimals)).filter((line) => line.length > 2);
  const shape = {
    decimals,
    land: land.map(lines).filter((polygon) => polygon.length > 0),
    coast: coast && lines(coast),
    borders: lines(borders),
  };
  writeFileSync(`${out}${name}.json`, JSON.stringify(shape));
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
// The display draws the coarse coast around the land itself.
write('world', { ...shapes('110m'), coast: null }, 2);
const fine = shapes('10m');
let cells = 0;
for (let west = -180; west < 180; west += CELL_DEG) {
  for (let south = -90; south < 90; south += CELL_DEG) {
    const box = [west, south, west + CELL_DEG, Math.min(south + CELL_DEG, 90)];
    const cell = {
      land: fine.land.flatMap((polygon) => clipPolygon(polygon, box)),
      coast: fine.coast.flatMap((line) => clipLine(line, box)),
      borders: fine.borders.flatMap((line) => clipLine(line, box)),
    };
    if (cell.land.length === 0) continue;
    write(`cell_${west}_${south}`, cell, 3);
    cells++;
  }
}
console.log(`base map: the world and ${cells} cells`);
