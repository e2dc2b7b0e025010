// Numbers as people in this field write them. Unknown comes out as null, never as zero.

import { UNKNOWN_I16, UNKNOWN_U16, UNKNOWN_U32, UNKNOWN_U8 } from './protocol/frame';

const KNOT_MPS = 1852 / 3600; // international knot, exact
const FOOT_M = 0.3048; // international foot, exact

/** Flight level or hundreds of feet, e.g. "350" or "-03". */
export function hundredsOfFeet(level25ft: number): string | null {
  if (level25ft === UNKNOWN_I16) return null;
  const hundreds = Math.round(level25ft / 4);
  return (hundreds < 0 ? '-' : '') + String(Math.abs(hundreds)).padStart(hundreds < 0 ? 2 : 3, '0');
}

export function feet(level25ft: number): number | null {
  return level25ft === UNKNOWN_I16 ? null : level25ft * 25;
}

export function metresOfLevel(level25ft: number): number | null {
  return level25ft === UNKNOWN_I16 ? null : Math.round(level25ft * 25 * FOOT_M);
}

export function knots(speedDmps: number): number | null {
  return speedDmps === UNKNOWN_U16 ? null : Math.round(speedDmps / 10 / KNOT_MPS);
}

/** Whole degrees from true north, "001" to "360". */
export function degrees(trackAngleCdeg: number): string | null {
  if (trackAngleCdeg === UNKNOWN_U16) return null;
  const whole = Math.round(trackAngleCdeg / 100) % 360;
  return String(whole === 0 ? 360 : whole).padStart(3, '0');
}

export function feetPerMinute(climbDmps: number): number | null {
  return climbDmps === UNKNOWN_I16 ? null : Math.round((climbDmps / 10 / FOOT_M) * 60 / 50) * 50;
}

/** Climbing, descending, level; null when not known. Under 300 ft/min counts as level. */
export function trend(climbDmps: number): -1 | 0 | 1 | null {
  if (climbDmps === UNKNOWN_I16) return null;
  return climbDmps > 15 ? 1 : climbDmps < -15 ? -1 : 0;
}

export function octal(mode3a: number): string | null {
  return mode3a === UNKNOWN_U16 ? null : mode3a.toString(8).padStart(4, '0');
}

export function hex(modeS: number): string | null {
  return modeS === UNKNOWN_U32 ? null : modeS.toString(16).toUpperCase().padStart(6, '0');
}

export function seconds(age2Hz: number): number | null {
  return age2Hz === UNKNOWN_U8 ? null : age2Hz / 2;
}

/** Degrees and decimal minutes, e.g. N42°51.18'. */
export function angle(valueDeg: number, positive: string, negative: string, digits: number): string {
  const size = Math.round(Math.abs(valueDeg) * 6000) / 6000;
  const whole = Math.floor(size + 1e-9);
  const minutes = Math.max(0, (size - whole) * 60).toFixed(2).padStart(5, '0');
  const sign = valueDeg < 0 ? negative : positive;
  return `${sign}${String(whole).padStart(digits, '0')}°${minutes}′`;
}

export function utcTime(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 19);
}

export function utcDate(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

/** An estimate with its uncertainty, e.g. "+102 ± 4 m"; empty where there is none. */
export function measured(
  value: number | null,
  sigma: number | null,
  digits: number,
  unit: string,
): string {
  if (value === null) return '';
  const sign = value < 0 ? '−' : '+';
  const spread = sigma === null ? '' : ` ± ${sigma.toFixed(digits)}`;
  return `${sign}${Math.abs(value).toFixed(digits)}${spread}${unit}`;
}
