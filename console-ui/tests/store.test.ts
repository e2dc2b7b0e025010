// The store holds the newest picture and texts, and forgets what is gone.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PictureStore } from '../src/picture/store';
import { decodePicture, type Picture } from '../src/protocol/frame';

function picture(change: Partial<Picture> = {}): Picture {
  const file = readFileSync(new URL('../../tests/golden/picture_frame_v1.bin', import.meta.url));
  const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  return { ...decodePicture(buffer as ArrayBuffer), ...change };
}

test('a track is found by its number while it is in the picture', () => {
  const store = new PictureStore(() => 0);
  store.picture(picture());
  expect(store.row(70_000)).toBe(3);
  expect(store.row(71)).toBe(-1);
});

test('the age of the data counts from its arrival', () => {
  let now = 1000;
  const store = new PictureStore(() => now);
  expect(store.ageS()).toBeNull();
  store.picture(picture());
  now = 4500;
  expect(store.ageS()).toBe(3.5);
});

test('texts change step by step, and a whole replaces all', () => {
  const store = new PictureStore(() => 0);
  store.texts({ type: 'texts', revision: 1, base: null, rows: [[1, 'A', [0]], [2, 'B', []]], gone: [] });
  store.texts({ type: 'texts', revision: 2, base: 1, rows: [[1, 'C', [1]]], gone: [2] });
  expect(store.text(1)).toEqual({ callsign: 'C', sensors: [1] });
  expect(store.text(2).callsign).toBe('');
  store.texts({ type: 'texts', revision: 9, base: null, rows: [[5, 'E', []]], gone: [] });
  expect(store.text(1).callsign).toBe('');
});

test('only confirmed tracks leave a trail, every twelve seconds of picture time', () => {
  const store = new PictureStore(() => 0);
  const start = picture().timeMs;
  for (let second = 0; second <= 24; second++) store.picture(picture({ timeMs: start + 1000 * second }));
  expect(store.trails.of(1)?.points.length).toBe(2 * 3);
  expect(store.trails.of(2)).toBeUndefined();
});

test('a replay that starts again brings no trail from its other end', () => {
  const store = new PictureStore(() => 0);
  const start = picture().timeMs;
  store.picture(picture());
  store.picture(picture({ timeMs: start + 12_000 }));
  store.picture(picture({ timeMs: start - 60_000 }));
  expect(store.trails.of(1)?.points.length).toBe(2);
});
