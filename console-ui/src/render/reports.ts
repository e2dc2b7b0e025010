// Areas of threat reports: a dashed outline, lightly filled, and the first words beside it.

import { mercatorX, mercatorY, screenX, screenY, type View } from '../picture/mercator';
import type { ReportStatus } from '../protocol/messages';
import { foreign } from '../words/foreign';
import type { Box } from './labels';
import { PALETTE, SMALL_FONT } from './palette';

/** Where a report is: a circle, an outline, a point, or nowhere. */
export type Area = Pick<ReportStatus, 'latitude_deg' | 'longitude_deg' | 'radius_m' | 'outline_deg'>;

const EARTH_RADIUS_M = 6_371_009; // mean radius (IUGG); a report's circle is no measurement
const CORNERS = 72;
const WORDS = 28;
const STATION = 8;

/** Corners of an area on the globe: (latitude, longitude) in degrees; none where it has no extent. */
export function cornersOf(area: Area): [number, number][] {
  if (area.outline_deg.length >= 3) return area.outline_deg;
  const { latitude_deg: latitude, longitude_deg: longitude, radius_m: radius } = area;
  if (latitude === null || longitude === null || radius === null) return [];
  const toRad = Math.PI / 180;
  const [phi, away] = [latitude * toRad, Math.min(radius / EARTH_RADIUS_M, 3)];
  return Array.from({ length: CORNERS }, (_, k) => {
    const bearing = (2 * Math.PI * k) / CORNERS;
    const sine =
      Math.sin(phi) * Math.cos(away) + Math.cos(phi) * Math.sin(away) * Math.cos(bearing);
    const dx = Math.sin(bearing) * Math.sin(away) * Math.cos(phi);
    const dy = Math.cos(away) - Math.sin(phi) * sine;
    return [Math.asin(Math.max(-1, Math.min(1, sine))) / toRad, longitude + Math.atan2(dx, dy) / toRad];
  });
}

/** Draw them; the words' places come back, for labels to keep clear of. */
export function drawReports(
  g: CanvasRenderingContext2D,
  view: View,
  reports: readonly ReportStatus[],
  draft: Area | null,
): Box[] {
  const boxes: Box[] = [];
  g.save();
  g.font = SMALL_FONT;
  g.textBaseline = 'middle';
  for (const report of reports) {
    const words = `${foreign(report.station, STATION, true)}: ${foreign(report.text, WORDS, true)}`;
    const box = drawArea(g, view, report, `! ${words}`, [7, 4]);
    if (box !== null) boxes.push(box);
  }
  if (draft !== null) drawArea(g, view, draft, '', [2, 3]);
  g.restore();
  return boxes;
}

function drawArea(
  g: CanvasRenderingContext2D,
  view: View,
  area: Area,
  words: string,
  dash: number[],
): Box | null {
  const points = onScreen(view, cornersOf(area));
  g.strokeStyle = PALETTE.report;
  let top: [number, number];
  if (points.length > 0) {
    g.beginPath();
    for (const [x, y] of points) g.lineTo(x, y);
    g.closePath();
    g.fillStyle = PALETTE.reportFill;
    g.fill();
    g.setLineDash(dash);
    g.lineWidth = 1.5;
    g.stroke();
    g.setLineDash([]);
    top = points.reduce((best, point) => (point[1] < best[1] ? point : best));
  } else if (area.latitude_deg !== null && area.longitude_deg !== null) {
    const [place] = onScreen(view, [[area.latitude_deg, area.longitude_deg]]);
    if (place === undefined) return null;
    top = place;
    g.lineWidth = 2;
    g.beginPath();
    for (const sign of [-1, 1]) {
      g.moveTo(top[0] - 6, top[1] - 6 * sign);
      g.lineTo(top[0] + 6, top[1] + 6 * sign);
    }
    g.stroke();
  } else return null;
  g.lineWidth = 3;
  g.strokeStyle = PALETTE.halo;
  const [left, middle] = [top[0] + 6, top[1] - 9];
  g.strokeText(words, left, middle);
  g.fillStyle = PALETTE.report;
  g.fillText(words, left, middle);
  const right = left + g.measureText(words).width;
  return { left, top: middle - 7, right, bottom: middle + 7, weight: 2 };
}

/** Corners in pixels; each near the one before, so that an area across the map's edge stays whole. */
function onScreen(view: View, corners: readonly [number, number][]): [number, number][] {
  const points: [number, number][] = [];
  for (const [latitude, longitude] of corners) {
    let x = screenX(view, mercatorX(longitude));
    const before = points.at(-1);
    if (before !== undefined) x += Math.round((before[0] - x) / view.worldPx) * view.worldPx;
    const y = screenY(view, mercatorY(latitude));
    if (Number.isFinite(x) && Number.isFinite(y)) points.push([x, y]);
  }
  return points;
}
