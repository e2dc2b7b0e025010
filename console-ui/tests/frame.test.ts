// The display reads exactly what the node wrote: the same golden file as the Python tests.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  COASTING,
  CONFIRMED,
  decodePicture,
  FrameError,
  LEVEL_IS_GEOMETRIC,
  UNKNOWN_I16,
  UNKNOWN_U16,
  UNKNOWN_U32,
  UNKNOWN_U8,
} from '../src/protocol/frame';

function golden(): ArrayBuffer {
  const file = readFileSync(new URL('../../tests/golden/picture_frame_v1.bin', import.meta.url));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
}

test('the head of the golden frame says what, when and how', () => {
  const picture = decodePicture(golden());
  expect(picture.sequence).toBe(41);
  expect(picture.count).toBe(5);
  expect(picture.timeNs).toBe(1_698_883_200_500_000_000n);
  expect(new Date(picture.timeMs).toISOString()).toBe('2023-11-02T00:00:00.500Z');
  expect(picture.mode).toBe('replay');
  expect(picture.speed).toBe(4);
  expect(picture.textsRevision).toBe(7);
});

test('a track with everything known comes out as it went in', () => {
  const p = decodePicture(golden());
  expect(p.track[0]).toBe(1);
  expect(p.latitudeDeg[0]).toBeCloseTo(42.853, 5);
  expect(p.longitudeDeg[0]).toBeCloseTo(74.575, 5);
  expect(p.level25ft[0]).toBe(1400); // 10,668 m is 35,000 ft
  expect(p.speedDmps[0]).toBe(2000);
  expect(p.trackAngleCdeg[0]).toBe(21_687); // atan2(-120, -160) from north
  expect(p.climbDmps[0]).toBe(-51);
  expect(p.sigmaM[0]).toBe(35);
  expect(p.mode3a[0]).toBe(0o7700);
  expect(p.modeS[0]).toBe(0x601a2b);
  expect(p.age2Hz[0]).toBe(3);
  expect(p.flags[0]).toBe(CONFIRMED);
});

test('what is not known comes out as not known, and zero as zero', () => {
  const p = decodePicture(golden());
  for (const [column, unknown] of [
    [p.level25ft, UNKNOWN_I16],
    [p.speedDmps, UNKNOWN_U16],
    [p.climbDmps, UNKNOWN_I16],
    [p.sigmaM, UNKNOWN_U16],
    [p.mode3a, UNKNOWN_U16],
    [p.modeS, UNKNOWN_U32],
    [p.age2Hz, UNKNOWN_U8],
  ] as const) {
    expect(column[1]).toBe(unknown);
    expect(column[2]).toBe(0);
  }
  expect(p.trackAngleCdeg[1]).toBe(UNKNOWN_U16);
  expect(p.trackAngleCdeg[2]).toBe(UNKNOWN_U16); // stands still
});

test('flags tell coasting and geometric heights apart', () => {
  const { flags } = decodePicture(golden());
  expect(flags[2]).toBe(CONFIRMED | COASTING);
  expect(flags[4]).toBe(LEVEL_IS_GEOMETRIC);
});

test('the highest track number is not taken for a negative one', () => {
  expect(decodePicture(golden()).track[4]).toBe(4_294_967_294);
});

test('columns are views: nothing is copied', () => {
  const buffer = golden();
  expect(decodePicture(buffer).latitudeDeg.buffer).toBe(buffer);
});

test('a column of a number that is not known is passed over, and one that lacks is named', () => {
  const buffer = golden();
  new DataView(buffer).setUint8(40 + 11 * 8, 99); // the last column under a number of the future
  expect(() => decodePicture(buffer)).toThrow('age2Hz is missing');
});

test.each([
  ['magic', 0, 'no picture frame'],
  ['version', 4, 'version'],
  ['kind', 6, 'keyframe'],
  ['mode', 24, 'mode'],
  ['type of a column', 41, 'another type'],
])('a frame with another %s is refused by name', (_, place, message) => {
  const buffer = golden();
  new DataView(buffer).setUint8(place, 77);
  expect(() => decodePicture(buffer)).toThrow(FrameError);
  expect(() => decodePicture(buffer)).toThrow(message);
});

test('every frame cut short is refused, never read past its end', () => {
  const whole = golden();
  for (let length = 0; length < whole.byteLength; length++)
    expect(() => decodePicture(whole.slice(0, length))).toThrow(FrameError);
});

test('ten thousand tracks decode in under a millisecond', () => {
  const count = 10_000;
  const source = new DataView(golden());
  const sizes = [4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 2, 1];
  let place = 136;
  const buffer = new ArrayBuffer(136 + count * 31 + 8 * sizes.length);
  const view = new DataView(buffer);
  for (let byte = 0; byte < 136; byte++) view.setUint8(byte, source.getUint8(byte));
  view.setUint32(12, count, true);
  sizes.forEach((size, column) => {
    place = Math.ceil(place / 8) * 8;
    view.setUint32(40 + 8 * column + 4, place, true);
    place += count * size;
  });
  decodePicture(buffer);
  const begun = performance.now();
  for (let turn = 0; turn < 100; turn++) decodePicture(buffer);
  expect((performance.now() - begun) / 100).toBeLessThan(1);
});
