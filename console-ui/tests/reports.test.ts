// Threat reports: how foreign texts may be shown, where areas lie, and what is sent.

import { expect, test } from 'vitest';
import { areaOf, bodyOf, halfPlaced, type Draft } from '../src/panels/report_draft';
import { OWN_NUMBERS } from '../src/protocol/frame';
import { cornersOf } from '../src/render/reports';
import { foreign } from '../src/words/foreign';

test('a foreign text is cut to its length, whole letters only', () => {
  expect(foreign('abcdef', 3)).toBe('abc…');
  expect(foreign('abc', 3)).toBe('abc');
  expect(foreign('😀😀😀', 2)).toBe('😀😀…');
  expect(foreign('x'.repeat(10_000_000), 10)).toBe('xxxxxxxxxx…');
});

test('what would hide or turn writing around leaves a sign', () => {
  expect(foreign('a\u202etxt.exe', 20)).toBe('a\ufffdtxt.exe');
  expect(foreign('a\u0000\u200b\ud800b', 20)).toBe('a\ufffd\ufffd\ufffdb');
  expect(foreign('two\n lines\there', 20, true)).toBe('two lines here');
  expect(foreign('two\nlines', 20)).toBe('two\nlines');
});

test('marks piled on a letter are taken down, and real letters keep theirs', () => {
  expect(foreign('Z' + '\u0335'.repeat(50), 60)).toBe('Z\u0335\u0335');
  expect(foreign('ё Ү ң й'.normalize('NFD'), 20)).toBe('ё Ү ң й'.normalize('NFD'));
});

test('what is no text at all is shown as nothing', () => {
  for (const odd of [undefined, null, 7, {}]) expect(foreign(odd, 5)).toBe('');
});

test('a circle lies on the globe, also across the 180th meridian and over a pole', () => {
  const circle = (latitude_deg: number, longitude_deg: number, radius_m: number) =>
    cornersOf({ latitude_deg, longitude_deg, radius_m, outline_deg: [] });
  const [north, , ...rest] = circle(42, 74, 111_195);
  expect(north[0]).toBeCloseTo(43, 3);
  expect(rest.length).toBe(70);
  for (const corners of [circle(0, 180, 500_000), circle(89.9, 0, 500_000), circle(-90, 0, 2e7)])
    for (const [latitude, longitude] of corners) {
      expect(Math.abs(latitude)).toBeLessThanOrEqual(90);
      expect(Number.isFinite(longitude)).toBe(true);
    }
});

test('an outline is drawn as it is, and two corners are no area', () => {
  const none = { latitude_deg: null, longitude_deg: null, radius_m: null };
  const outline: [number, number][] = [[1, 1], [2, 1], [2, 2]];
  expect(cornersOf({ ...none, outline_deg: outline })).toEqual(outline);
  expect(cornersOf({ ...none, outline_deg: outline.slice(1) })).toEqual([]);
});

const DRAFT: Draft = {
  text: 'Two fast movers\r\nlow',
  hours: 0.5,
  agreement: '',
  latitudeDeg: 42.5,
  longitudeDeg: 74.5,
  radiusKm: 30,
  track: 7,
};
const NOW_NS = 1_793_520_000_000_000_000;

test('a draft is sent with times as whole nanoseconds and lengths in metres', () => {
  const text = bodyOf(DRAFT, NOW_NS);
  expect(text).toContain('"from_ns":1793520000000000000,"until_ns":1793521800000000000');
  expect(JSON.parse(text)).toMatchObject({
    text: 'Two fast movers\nlow',
    latitude_deg: 42.5,
    longitude_deg: 74.5,
    radius_m: 30_000,
    tracks: [7],
  });
});

test('what was not filled in is not sent', () => {
  const bare = { ...DRAFT, latitudeDeg: null, longitudeDeg: null, track: -1 };
  expect(Object.keys(JSON.parse(bodyOf(bare, NOW_NS)))).toEqual(['text', 'from_ns', 'until_ns']);
  expect(halfPlaced(bare)).toBe(false);
  // A number of the node's own would name another track elsewhere.
  expect(bodyOf({ ...bare, track: OWN_NUMBERS + 7 }, NOW_NS)).not.toContain('tracks');
});

test('a place that is half filled in or off the globe cannot be sent', () => {
  for (const off of [{ latitudeDeg: 91 }, { longitudeDeg: null }, { radiusKm: 0 }, { radiusKm: 1001 }]) {
    expect(halfPlaced({ ...DRAFT, ...off })).toBe(true);
    expect(areaOf({ ...DRAFT, ...off })).toBeNull();
  }
});
