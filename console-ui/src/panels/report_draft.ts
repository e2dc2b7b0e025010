// A report as it is filled in, and as it is sent: see docs/reference/picture-frame.md.

import { OWN_NUMBERS } from '../protocol/frame';
import type { Area } from '../render/reports';

export const LONGEST_TEXT = 4000;
export const LARGEST_RADIUS_KM = 1000;
const HOUR_NS = 3_600_000_000_000;

export interface Draft {
  text: string;
  hours: number;
  /** Empty: all agreements in force. */
  agreement: string;
  /** As typed; null or not a number: not given. */
  latitudeDeg: number | null;
  longitudeDeg: number | null;
  radiusKm: number | null;
  /** The track that it is of, -1 none. */
  track: number;
}

function within(value: number | null, least: number, most: number): value is number {
  return value !== null && Number.isFinite(value) && value >= least && value <= most;
}

/** The circle of a draft, null while it has none that could be sent. */
export function areaOf({ latitudeDeg, longitudeDeg, radiusKm }: Draft): Area | null {
  const given =
    within(latitudeDeg, -90, 90) &&
    within(longitudeDeg, -180, 180) &&
    within(radiusKm, 0.001, LARGEST_RADIUS_KM);
  if (!given) return null;
  return {
    latitude_deg: latitudeDeg,
    longitude_deg: longitudeDeg,
    radius_m: radiusKm * 1000,
    outline_deg: [],
  };
}

/** Whether a place was begun and cannot be sent as it is. */
export function halfPlaced(draft: Draft): boolean {
  const empty = draft.latitudeDeg === null && draft.longitudeDeg === null;
  return !empty && areaOf(draft) === null;
}

/** Body of `POST /api/reports`; from the picture's time on. */
export function bodyOf(draft: Draft, nowNs: number): string {
  const area = areaOf(draft);
  // Numbers above 2^53 are rounded, by less than a microsecond.
  const body: Record<string, unknown> = {
    text: draft.text.replace(/\r\n?/g, '\n'),
    from_ns: nowNs,
    until_ns: nowNs + draft.hours * HOUR_NS,
  };
  if (draft.agreement !== '') body.agreement = draft.agreement;
  if (area !== null) {
    body.latitude_deg = area.latitude_deg;
    body.longitude_deg = area.longitude_deg;
    body.radius_m = area.radius_m;
  }
  // A number of the node's own would name another track elsewhere.
  if (draft.track > 0 && draft.track < OWN_NUMBERS) body.tracks = [draft.track];
  return JSON.stringify(body);
}
