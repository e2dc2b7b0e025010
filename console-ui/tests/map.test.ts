// Places on the map: also across the 180th meridian, at the poles, and for hostile positions.

import { expect, test } from 'vitest';
import { fitTo } from '../src/map/fit';
import { readShapes } from '../src/map/shapes';
import { mercatorX, mercatorY, screenX, type View } from '../src/picture/mercator';
import { gridStepDeg } from '../src/render/grid';

const at = (longitude: number, latitude: number): [number, number] => [
  mercatorX(longitude),
  mercatorY(latitude),
];

test('traffic on both sides of the 180th meridian is one picture', () => {
  const target = fitTo([at(179, 60), at(-179, 60)], 0, 1000, 800)!;
  expect(Math.abs(target.center[0])).toBeCloseTo(180, 5);
  expect(target.zoom).toBeGreaterThan(6);
});

test('one point is shown with 300 km around it', () => {
  const target = fitTo([at(74.8, 42.8)], 1, 1000, 800)!;
  expect(target.center[0]).toBeCloseTo(74.8, 6);
  expect(target.center[1]).toBeCloseTo(42.8, 6);
  expect(target.zoom).toBeGreaterThan(6);
  expect(target.zoom).toBeLessThan(9);
});

test('a stray track does not make the picture tiny, and no position makes none', () => {
  const near = Array.from({ length: 100 }, (_, k) => at(74 + k / 50, 42));
  const alone = fitTo(near, 0, 1000, 800)!;
  const stray = fitTo([...near, at(-100, -40)], 0, 1000, 800)!;
  expect(stray.zoom).toBeCloseTo(alone.zoom, 0);
  expect(fitTo([[Number.NaN, 0.5]], 0, 1000, 800)).toBeNull();
});

test('the poles and beyond are drawn at the edge of the map, not at infinity', () => {
  for (const latitude of [90, -90, 1000]) expect(Number.isFinite(mercatorY(latitude))).toBe(true);
});

test('a point is drawn in the copy of the world that the screen looks at', () => {
  const view: View = { x: mercatorX(179), y: 0.5, worldPx: 4096, widthPx: 1000, heightPx: 800 };
  expect(screenX(view, mercatorX(-179))).toBeCloseTo(500 + (2 / 360) * 4096, 6);
});

test('map lines are read as they were written', () => {
  const shapes = readShapes({
    decimals: 3,
    land: [[[70_000, 40_000, 1000, 0, 0, 1000, -1000, -1000]]],
    coast: [],
    borders: [[74_500, 42_000, 250, -125]],
  });
  const [from, to] = shapes.borders.coordinates[0];
  expect(from[0]).toBeCloseTo(74.5);
  expect(to[1]).toBeCloseTo(41.875);
  expect(shapes.coast.coordinates).toEqual([]); // a cell without a coast has none of its edges
});

test('the grid is never too dense and never absent', () => {
  for (let zoom = 1; zoom <= 14; zoom++)
    expect((gridStepDeg(512 * 2 ** zoom) / 360) * 512 * 2 ** zoom).toBeGreaterThan(30);
});
