// The grid of latitude and longitude, and its degrees along the edges of the screen.

import { mercatorX, mercatorY, screenX, screenY, type View } from '../picture/mercator';
import { PALETTE, SMALL_FONT } from './palette';

/** Step of the grid in degrees at this scale: lines about 100 to 250 pixels apart. */
export function gridStepDeg(worldPx: number): number {
  const wanted = (140 / worldPx) * 360;
  return [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30].find((step) => step >= wanted) ?? 30;
}

export function drawGrid(g: CanvasRenderingContext2D, view: View): void {
  const step = gridStepDeg(view.worldPx);
  const digits = step < 1 ? 1 : 0;
  const middleDeg = (view.x - 0.5) * 360;
  const halfDeg = (view.widthPx / 2 / view.worldPx) * 360;
  const { widthPx, heightPx } = view;
  g.strokeStyle = 'rgba(120, 140, 155, 0.13)';
  g.lineWidth = 1;
  g.beginPath();
  const words: [string, number, number][] = [];
  const reach = Math.min(halfDeg, 180);
  for (let n = Math.ceil((middleDeg - reach) / step); n * step <= middleDeg + reach; n++) {
    const x = screenX(view, mercatorX(n * step));
    g.moveTo(x, 0);
    g.lineTo(x, heightPx);
    const longitude = ((((n * step + 180) % 360) + 360) % 360) - 180;
    words.push([degreesText(longitude, 'E', 'W', digits), x + 4, heightPx - 9]);
  }
  for (let n = Math.ceil(-85 / step); n * step <= 85; n++) {
    const y = screenY(view, mercatorY(n * step));
    if (y < 0 || y > heightPx) continue;
    g.moveTo(0, y);
    g.lineTo(widthPx, y);
    words.push([degreesText(n * step, 'N', 'S', digits), 6, y - 8]);
  }
  g.stroke();
  g.font = SMALL_FONT;
  g.textBaseline = 'middle';
  g.fillStyle = PALETTE.grid;
  for (const [text, x, y] of words) g.fillText(text, x, y);
}

function degreesText(value: number, positive: string, negative: string, digits: number): string {
  const letter = value < 0 ? negative : value > 0 ? positive : '';
  return `${Math.abs(value).toFixed(digits)}°${letter}`;
}
