// Numbers read as the field writes them.

import { expect, test } from 'vitest';
import * as units from '../src/units';

test('a flight level has three digits, also below zero and when unknown', () => {
  expect(units.hundredsOfFeet(1400)).toBe('350');
  expect(units.hundredsOfFeet(180)).toBe('045');
  expect(units.hundredsOfFeet(0)).toBe('000');
  expect(units.hundredsOfFeet(-12)).toBe('-03');
  expect(units.hundredsOfFeet(-32_768)).toBeNull();
});

test('speed, angle and climb keep unknown apart from zero', () => {
  expect(units.knots(2315)).toBe(450);
  expect(units.knots(0)).toBe(0);
  expect(units.knots(65_535)).toBeNull();
  expect(units.degrees(35_980)).toBe('360');
  expect(units.degrees(0)).toBe('360');
  expect(units.degrees(65_535)).toBeNull();
  expect(units.trend(0)).toBe(0);
  expect(units.trend(-32_768)).toBeNull();
  expect(units.feetPerMinute(102)).toBe(2000);
});

test('codes are written in their own bases', () => {
  expect(units.octal(0o21)).toBe('0021');
  expect(units.octal(65_535)).toBeNull();
  expect(units.hex(0xabc)).toBe('000ABC');
  expect(units.hex(4_294_967_295)).toBeNull();
});

test('positions carry into the next degree and never show 60 minutes', () => {
  expect(units.angle(42.853, 'N', 'S', 2)).toBe('N42°51.18′');
  expect(units.angle(-0.5, 'E', 'W', 3)).toBe('W000°30.00′');
  expect(units.angle(42.99999999, 'N', 'S', 2)).toBe('N43°00.00′');
});
