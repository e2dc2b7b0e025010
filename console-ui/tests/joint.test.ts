// A joint picture: the golden frame of version 2, whose its tracks are, and the numbers they keep.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contributorsOf, reporterOf, shareOf } from '../src/picture/shares';
import { PictureStore } from '../src/picture/store';
import {
  decodePicture,
  FrameError,
  numberOf,
  numberText,
  OWN_NUMBERS,
  UNKNOWN_U32,
  type Picture,
} from '../src/protocol/frame';
import { labelLines } from '../src/render/label_text';

const STATIONS = ['KG', 'RU', 'KANT'];

function golden(version: 1 | 2): ArrayBuffer {
  const file = readFileSync(new URL(`../../tests/golden/picture_frame_v${version}.bin`, import.meta.url));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
}

test('the golden joint frame says whose each track is, and who reports it', () => {
  const picture = decodePicture(golden(2));
  const rows = [0, 1, 2, 3, 4];
  expect(rows.map((i) => shareOf(picture, i))).toEqual(['joint', 'own', 'unconfirmed', 'blurred', 'partners']);
  expect(rows.map((i) => reporterOf(picture, i, STATIONS))).toEqual(['RU', 'KG', 'RU', 'KANT', '']);
  expect(contributorsOf(picture, 4, STATIONS)).toEqual(['RU', 'KANT']);
  expect(Array.from(picture.joint!.ownTrack)).toEqual([9, 2, UNKNOWN_U32, UNKNOWN_U32, UNKNOWN_U32]);
});

test('joint numbers and own numbers never meet', () => {
  const { track } = decodePicture(golden(2));
  expect(Array.from(track)).toEqual([1, OWN_NUMBERS + 2, 3, 70_000, 4_294_967_294]);
  expect(numberOf(-2)).toBe(track[1]);
  expect(numberOf(70_000)).toBe(track[3]);
  expect([numberText(track[1]), numberText(track[3])]).toEqual(['(2)', '#70000']);
});

test('in a picture without an exchange every track is own, as before', () => {
  const picture = decodePicture(golden(1));
  expect(picture.joint).toBeNull();
  expect(shareOf(picture, 2)).toBe('own');
  expect(reporterOf(picture, 0, [])).toBe('');
  expect(contributorsOf(picture, 0, STATIONS)).toEqual([]);
});

test('stations beyond the thirty-second keep their bits', () => {
  const joint = {
    ownTrack: new Uint32Array([1]),
    contributors: new Uint32Array([2 ** 31]),
    contributorsBeyond32: new Uint32Array([2 ** 31 + 1]),
    reporter: new Uint8Array([63]),
  };
  const picture = { ...decodePicture(golden(2)), joint } as Picture;
  const stations = Array.from({ length: 64 }, (_, k) => `S${k}`);
  expect(contributorsOf(picture, 0, stations)).toEqual(['S31', 'S32', 'S63']);
  expect(reporterOf(picture, 0, stations)).toBe('S63');
  joint.contributors[0] = 1;
  expect(shareOf(picture, 0)).toBe('joint');
});

test('every joint frame cut short is refused, never read past its end', () => {
  const whole = golden(2);
  for (let length = 0; length < whole.byteLength; length++)
    expect(() => decodePicture(whole.slice(0, length))).toThrow(FrameError);
});

test('a frame with any byte changed is a picture or is refused by name', () => {
  const bytes = new Uint8Array(golden(2));
  for (let place = 0; place < bytes.length; place++)
    for (const value of [0, 1, 0x7f, 0xff]) {
      const changed = bytes.slice();
      changed[place] = value;
      try {
        expect(decodePicture(changed.buffer).joint?.reporter.length ?? 0).toBeLessThan(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
      }
    }
});

test('a joint frame without the column of reporters is refused by name', () => {
  const buffer = golden(2);
  new DataView(buffer).setUint8(40 + 14 * 8, 99);
  expect(() => decodePicture(buffer)).toThrow('reporter is missing');
});

function storeOf(change: Partial<Picture> = {}): PictureStore {
  const store = new PictureStore(() => 0);
  store.picture({ ...decodePicture(golden(2)), ...change });
  return store;
}

test('texts find a track under its own number and name the stations', () => {
  const store = storeOf();
  store.texts({ type: 'texts', revision: 1, base: null, rows: [[-2, 'KGA7', [0]]], gone: [], stations: STATIONS });
  expect(store.text(OWN_NUMBERS + 2).callsign).toBe('KGA7');
  expect(store.stations).toEqual(STATIONS);
  store.texts({ type: 'texts', revision: 2, base: 1, rows: [], gone: [-2] });
  expect(store.text(OWN_NUMBERS + 2).callsign).toBe('');
  expect(store.stations).toEqual(STATIONS);
});

test('a track is followed when it gets a joint number, and when it gets an older one', () => {
  const store = storeOf();
  const own = store.own(OWN_NUMBERS + 2);
  expect(own).toBe(2);
  const numbers = (first: number): Float64Array => Float64Array.from([1, first, 3, 4, 5]);
  store.picture({ ...decodePicture(golden(2)), track: numbers(800) });
  expect(store.follow(OWN_NUMBERS + 2, own)).toBe(800);
  store.picture({ ...decodePicture(golden(2)), track: numbers(700) });
  expect(store.follow(800, own)).toBe(700);
  expect(store.follow(999, UNKNOWN_U32)).toBe(999); // a partner's track that is gone stays gone
});

test('labels name who tells of a track, and how sure that is', () => {
  const store = storeOf();
  const picture = store.current!;
  store.texts({ type: 'texts', revision: 1, base: null, rows: [[1, 'AFL1', []]], gone: [], stations: STATIONS });
  store.reports({ type: 'reports', reports: [{ tracks: [1] } as never] });
  const names = [0, 1, 2, 3].map((i) => labelLines(picture, i, store, true)[0]);
  expect(names).toEqual(['AFL1 !', '(2)', '#3 CST RU?', '#70000 CST KANT~']);
});
