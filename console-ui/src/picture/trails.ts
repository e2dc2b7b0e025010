// History dots: where confirmed tracks were said to be, every few seconds of picture time.

import { CONFIRMED, type Picture } from '../protocol/frame';

export const TRAIL_DOTS = 8;
const STEP_MS = 12_000; // a turn of a long-range radar

export interface Trail {
  /** Unit-square positions, oldest first; x and y in turn. */
  points: number[];
}

export class Trails {
  private trails = new Map<number, Trail>();
  private lastMs = Number.NEGATIVE_INFINITY;
  private lastSeenMs = Number.NEGATIVE_INFINITY;

  of(track: number): Trail | undefined {
    return this.trails.get(track);
  }

  /** Take the next picture; x and y are its tracks on the unit square. */
  update(picture: Picture, x: Float64Array, y: Float64Array): void {
    if (picture.timeMs < this.lastSeenMs) {
      // Time went back: a replay was started again, and its past is not this one's.
      this.trails.clear();
      this.lastMs = Number.NEGATIVE_INFINITY;
    }
    this.lastSeenMs = picture.timeMs;
    if (picture.timeMs - this.lastMs < STEP_MS) return;
    this.lastMs = picture.timeMs;
    const next = new Map<number, Trail>();
    for (let i = 0; i < picture.count; i++) {
      if ((picture.flags[i] & CONFIRMED) === 0) continue;
      const number = picture.track[i];
      const trail = this.trails.get(number) ?? { points: [] };
      trail.points.push(x[i], y[i]);
      // One more than is shown: the newest lies under the symbol.
      if (trail.points.length > 2 * (TRAIL_DOTS + 1)) trail.points.splice(0, 2);
      next.set(number, trail);
    }
    this.trails = next;
  }
}
