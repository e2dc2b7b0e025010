// Labels keep off each other, stay where they were, and give way in order.

import { expect, test } from 'vitest';
import { LabelPlacer, type LabelWish } from '../src/render/labels';

function wish(track: number, x: number, y: number, must = false): LabelWish {
  return {
    track,
    x,
    y,
    widthPx: 70,
    fullHeightPx: 26,
    shortWidthPx: 50,
    shortHeightPx: 13,
    leaderRad: Number.NaN,
    must,
  };
}

test('two tracks near each other have labels that do not overlap', () => {
  const places = new LabelPlacer().place([wish(1, 100, 100), wish(2, 112, 104)]);
  const [a, b] = [places.get(1)!, places.get(2)!];
  expect(Math.abs(a.x - b.x) >= 70 || Math.abs(a.y - b.y) >= 26).toBe(true);
});

test('a label stays in its place while its track moves on', () => {
  const placer = new LabelPlacer();
  const first = placer.place([wish(1, 100, 100)]).get(1)!;
  for (let step = 1; step < 60; step++) {
    const place = placer.place([wish(1, 100 + step, 100)]).get(1)!;
    expect(place.x - first.x).toBeCloseTo(step);
    expect(place.y).toBe(first.y);
  }
});

test('in a crowd labels shrink and go, but the chosen one is whole', () => {
  const crowd = Array.from({ length: 300 }, (_, k) => wish(k, 100 + (k % 20) * 6, 100 + k / 6));
  crowd[150] = { ...crowd[150], must: true };
  const places = new LabelPlacer().place(crowd);
  expect(places.size).toBeLessThan(100);
  expect(places.get(150)?.short).toBe(false);
});

test('the same wishes in another order give the same places', () => {
  const wishes = Array.from({ length: 60 }, (_, k) => wish(k, (k * 37) % 400, (k * 53) % 300));
  const forward = new LabelPlacer().place(wishes);
  const backward = new LabelPlacer().place([...wishes].reverse());
  expect([...backward.entries()].sort()).toEqual([...forward.entries()].sort());
});

test('a label does not lie along the leader of its own track', () => {
  const right = { ...wish(1, 100, 100), leaderRad: Math.PI / 2 };
  expect(new LabelPlacer().place([right]).get(1)!.x).toBeLessThan(100);
});
