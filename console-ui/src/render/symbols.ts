// Track and sensor symbols, drawn once into small bitmaps and stamped from there.
// Shapes after APP-6 (NATO) for an unknown air track: a clover open at the bottom. A tentative
// track is a plain cross, so that it differs in shape; a coasting one has a dashed outline.

import type { SensorState } from '../protocol/messages';
import { PALETTE } from './palette';

export type SymbolKind = 'confirmed' | 'coasting' | 'tentative' | 'mark' | 'coastingMark' | 'tentativeMark';

export const SYMBOL_RADIUS_PX = 10;
const SPRITE_PX = 28;

export interface Sprites {
  sizePx: number;
  of: Record<SymbolKind, HTMLCanvasElement>;
}

/** Make every bitmap for this many device pixels per CSS pixel. */
export function makeSprites(ratio: number): Sprites {
  const kinds: SymbolKind[] = ['confirmed', 'coasting', 'tentative', 'mark', 'coastingMark', 'tentativeMark'];
  const of = Object.fromEntries(kinds.map((kind) => [kind, makeSprite(kind, ratio)]));
  return { sizePx: SPRITE_PX, of: of as Sprites['of'] };
}

function makeSprite(kind: SymbolKind, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.ceil(SPRITE_PX * ratio);
  const g = canvas.getContext('2d')!;
  g.scale(ratio, ratio);
  g.translate(SPRITE_PX / 2, SPRITE_PX / 2);
  g.lineCap = 'round';
  g.lineJoin = 'round';
  if (kind === 'confirmed' || kind === 'coasting') drawClover(g, kind === 'coasting');
  else if (kind === 'tentative') drawCross(g, 4);
  else if (kind === 'tentativeMark') drawCross(g, 2);
  else drawDot(g, kind === 'coastingMark');
  return canvas;
}

function drawClover(g: CanvasRenderingContext2D, dashed: boolean): void {
  const r = SYMBOL_RADIUS_PX;
  g.beginPath();
  g.arc(-0.4 * r, 0.1 * r, 0.42 * r, Math.PI / 2, -Math.PI / 2);
  g.arc(0, -0.42 * r, 0.42 * r, Math.PI * 0.98, Math.PI * 0.02);
  g.arc(0.4 * r, 0.1 * r, 0.42 * r, -Math.PI / 2, Math.PI / 2);
  g.fillStyle = PALETTE.unknownFill;
  g.fill();
  g.setLineDash(dashed ? [2.2, 3] : []);
  g.lineWidth = 3.2;
  g.strokeStyle = PALETTE.halo;
  if (!dashed) g.stroke();
  g.lineWidth = 1.5;
  g.strokeStyle = PALETTE.unknown;
  g.stroke();
  g.setLineDash([]);
  g.beginPath();
  g.arc(0, 0, 1.4, 0, 2 * Math.PI);
  g.fillStyle = PALETTE.unknown;
  g.fill();
}

function drawCross(g: CanvasRenderingContext2D, arm: number): void {
  g.lineWidth = 1.3;
  g.strokeStyle = PALETTE.tentative;
  g.beginPath();
  g.moveTo(-arm, 0);
  g.lineTo(arm, 0);
  g.moveTo(0, -arm);
  g.lineTo(0, arm);
  g.stroke();
}

function drawDot(g: CanvasRenderingContext2D, hollow: boolean): void {
  g.beginPath();
  g.arc(0, 0, hollow ? 2.4 : 2.1, 0, 2 * Math.PI);
  g.lineWidth = 1;
  g.strokeStyle = g.fillStyle = PALETTE.unknown;
  if (hollow) g.stroke();
  else g.fill();
}

/** A sensor: triangle for a radar, square for a receiver; open when late, crossed when silent. */
export function drawSensor(
  g: CanvasRenderingContext2D,
  x: number,
  y: number,
  kind: string,
  state: SensorState,
): void {
  const r = 5;
  g.save();
  g.translate(x, y);
  g.beginPath();
  if (kind === 'radar') {
    g.moveTo(0, -r - 1);
    g.lineTo(r, r - 1);
    g.lineTo(-r, r - 1);
    g.closePath();
  } else g.rect(-r + 1, -r + 1, 2 * r - 2, 2 * r - 2);
  g.lineWidth = 3.5;
  g.strokeStyle = PALETTE.halo;
  g.stroke();
  g.lineWidth = 1.4;
  g.strokeStyle = g.fillStyle = PALETTE[state];
  if (state === 'live') g.fill();
  g.stroke();
  if (state === 'silent') {
    g.beginPath();
    g.moveTo(-r - 2, -r - 2);
    g.lineTo(r + 2, r + 2);
    g.moveTo(r + 2, -r - 2);
    g.lineTo(-r - 2, r + 2);
    g.stroke();
  }
  g.restore();
}
