// What a label says: who, how high, how fast. Unknown is "---", never a number.

import { reporterOf, shareOf, type Share } from '../picture/shares';
import type { PictureStore } from '../picture/store';
import { COASTING, LEVEL_IS_GEOMETRIC, numberText, UNKNOWN_U16, type Picture } from '../protocol/frame';
import { hundredsOfFeet, knots, trend } from '../units';
import type { LabelWish } from './labels';

const TREND = { '-1': '↓', '0': ' ', '1': '↑' } as const;

/** After the reporting station's code: how sure its word is. */
const SURE: Record<Share, string> = { own: '', joint: '', partners: '', unconfirmed: '?', blurred: '~' };

/** Callsign, or the track number where there is none. */
export function trackName(picture: Picture, i: number, store: PictureStore): string {
  return store.text(picture.track[i]).callsign || numberText(picture.track[i]);
}

/** Who tells of a track that own sensors do not see, as " RU", " RU?" or " RU~". */
function teller(picture: Picture, i: number, store: PictureStore): string {
  const share = shareOf(picture, i);
  if (share === 'own' || share === 'joint') return '';
  return ` ${reporterOf(picture, i, store.stations).slice(0, 8)}${SURE[share]}`;
}

export function labelLines(picture: Picture, i: number, store: PictureStore, short: boolean): string[] {
  const name = trackName(picture, i, store);
  const coasting = (picture.flags[i] & COASTING) !== 0;
  const alarm = store.reported.has(picture.track[i]) ? ' !' : '';
  const first = `${name}${coasting ? ' CST' : ''}${teller(picture, i, store)}${alarm}`;
  if (short) return [first];
  const hundreds = hundredsOfFeet(picture.level25ft[i]);
  const geometric = (picture.flags[i] & LEVEL_IS_GEOMETRIC) !== 0;
  // A geometric height is no flight level, and must not look like one.
  const level = hundreds === null ? '---' : geometric ? `G${hundreds}` : hundreds;
  const climb = trend(picture.climbDmps[i]);
  const arrow = climb === null || hundreds === null ? ' ' : TREND[`${climb}`];
  return [first, `${level}${arrow} ${knots(picture.speedDmps[i]) ?? '---'}`];
}

/** Where the label would like to be, and how big it is. */
export function wishFor(
  picture: Picture,
  i: number,
  store: PictureStore,
  [x, y]: [number, number],
  charPx: number,
  linePx: number,
  must: boolean,
): LabelWish {
  const lines = labelLines(picture, i, store, false);
  const angle = picture.trackAngleCdeg[i];
  return {
    track: picture.track[i],
    x,
    y,
    widthPx: charPx * Math.max(...lines.map((line) => line.length)),
    fullHeightPx: linePx * lines.length,
    shortWidthPx: charPx * lines[0].length,
    shortHeightPx: linePx,
    leaderRad: angle === UNKNOWN_U16 ? Number.NaN : (angle / 18_000) * Math.PI,
    must,
  };
}
