// Whose a track is: what the operator must tell apart at a glance in a joint picture.

import { BLURRED, UNCONFIRMED, UNKNOWN_U8, type Picture } from '../protocol/frame';

/**
 * `own`: by own sensors alone; `joint`: by own sensors and a partner's; `partners`: by several
 * partners; `unconfirmed`: one partner alone tells of it; `blurred`: coarse and late states only.
 */
export type Share = 'own' | 'joint' | 'partners' | 'unconfirmed' | 'blurred';

const OWN_BIT = 1;

export function shareOf({ joint, flags }: Picture, i: number): Share {
  if (joint === null) return 'own';
  if ((flags[i] & BLURRED) !== 0) return 'blurred';
  if ((flags[i] & UNCONFIRMED) !== 0) return 'unconfirmed';
  const beyond = joint.contributorsBeyond32?.[i] ?? 0;
  if ((joint.contributors[i] & OWN_BIT) === 0) return 'partners';
  return joint.contributors[i] === OWN_BIT && beyond === 0 ? 'own' : 'joint';
}

/** Code of the station that reports a track; empty where none does. */
export function reporterOf({ joint }: Picture, i: number, stations: readonly string[]): string {
  const index = joint?.reporter[i] ?? UNKNOWN_U8;
  return stations[index] ?? '';
}

/** Codes of the stations whose sensors a track rests on. */
export function contributorsOf({ joint }: Picture, i: number, stations: readonly string[]): string[] {
  if (joint === null) return [];
  const words = [joint.contributors[i], joint.contributorsBeyond32?.[i] ?? 0];
  return stations.filter((_, k) => ((words[k >> 5] >>> (k & 31)) & 1) === 1);
}
