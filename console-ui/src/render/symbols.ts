// Track and sensor symbols, drawn once into small bitmaps and stamped from there.
// Shapes after APP-6 (NATO) for an unknown air track: a clover open at the bottom. A tentative
// track is a plain cross, so that it differs in shape; a coasting one has a dashed outline.
// Whose a track is shows by what stands below the clover: nothing (own sensors), a bar (own and
// partners'), an open triangle (partners'). What one partner alone tells of is empty and asks "?";
// what is only coarse and late is a dotted ring.

import type { Share } from '../picture/shares';
import type { SensorState } from '../protocol/messages';
import { PALETTE } from './palette';

export type SymbolKind = 'confirmed' | 'coasting' | 'tentative' | 'mark' | 'coastingMark' | 'tentativeMark';

export const SYMBOL_RADIUS_PX = 10;
const SPRITE_PX = 28;

export interface Sprites {
  sizePx: number;
  of(kind: SymbolKind, share: Share): HTMLCanvasElement;
}

/** Bitmaps for this many device pixels per CSS pixel, each made when it is first asked for. */
export function makeSprites(ratio: number): Sprites {
  const made = new Map<string, HTMLCanvasElement>();
  return {
    sizePx: SPRITE_PX,
    of(kind, share) {
      const name = `${kind} ${share}`;
      const sprite = made.get(name) ?? makeSprite(kind, share, ratio);
      made.set(name, sprite);
      return sprite;
    },
  };
}

function makeSprite(kind: SymbolKind, share: Share, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.ceil(SPRITE_PX * ratio);
  const g = canvas.getContext('2d')!;
  g.scale(ratio, ratio);
  g.translate(SPRITE_PX / 2, SPRITE_PX / 2);
  g.lineCap = 'round';
  g.lineJoin = 'round';
  if (kind === 'tentative') drawCross(g, 4);
  else if (kind === 'tentativeMark') drawCross(g, 2);
  else if (kind === 'mark' || kind === 'coastingMark') drawMark(g, share, kind === 'coastingMark');
  else if (share === 'blurred') drawRing(g, SYMBOL_RADIUS_PX - 1, 1.6);
  else {
    drawClover(g, kind === 'coasting', share === 'unconfirmed');
    if (share === 'joint') drawBar(g);
    else if (share !== 'own') drawTriangle(g, 10, 4);
  }
  return canvas;
}

/** Below the clover: own sensors and partners' bear the track. */
function drawBar(g: CanvasRenderingContext2D): void {
  g.beginPath();
  g.moveTo(-6.5, 9.5);
  g.lineTo(6.5, 9.5);
  g.lineWidth = 4.6;
  g.strokeStyle = PALETTE.halo;
  g.stroke();
  g.lineWidth = 2.6;
  g.strokeStyle = PALETTE.joint;
  g.stroke();
}

/** Point down, open: only partners tell of the track. */
function drawTriangle(g: CanvasRenderingContext2D, y: number, r: number): void {
  g.beginPath();
  g.moveTo(-r, y - 0.6 * r);
  g.lineTo(r, y - 0.6 * r);
  g.lineTo(0, y + 0.8 * r);
  g.closePath();
  g.lineWidth = 3.4;
  g.strokeStyle = PALETTE.halo;
  g.stroke();
  g.lineWidth = 1.4;
  g.strokeStyle = PALETTE.partner;
  g.stroke();
}

/** Dotted: nobody says exactly where it is. */
function drawRing(g: CanvasRenderingContext2D, r: number, width: number): void {
  g.beginPath();
  g.arc(0, 0, r, 0, 2 * Math.PI);
  g.lineWidth = width;
  g.strokeStyle = PALETTE.partner;
  g.setLineDash([0.1, 4.2]);
  g.lineWidth = width + 0.4;
  g.stroke();
  g.setLineDash([]);
}

/** The small signs of a full screen: dot own, square joint, triangle partners', ring blurred. */
function drawMark(g: CanvasRenderingContext2D, share: Share, coasting: boolean): void {
  if (share === 'own') drawDot(g, coasting);
  else if (share === 'blurred') drawRing(g, 3.4, 0.9);
  else if (share !== 'joint') {
    if (coasting) g.globalAlpha = 0.6;
    drawTriangle(g, 0, share === 'unconfirmed' ? 2.2 : 3.2);
  } else {
    g.lineWidth = 1.1;
    g.strokeStyle = g.fillStyle = PALETTE.joint;
    if (coasting) g.strokeRect(-2.2, -2.2, 4.4, 4.4);
    else g.fillRect(-2.3, -2.3, 4.6, 4.6);
  }
}

function drawClover(g: CanvasRenderingContext2D, dashed: boolean, asks: boolean): void {
  const r = SYMBOL_RADIUS_PX;
  g.beginPath();
  g.arc(-0.4 * r, 0.1 * r, 0.42 * r, Math.PI / 2, -Math.PI / 2);
  g.arc(0, -0.42 * r, 0.42 * r, Math.PI * 0.98, Math.PI * 0.02);
  g.arc(0.4 * r, 0.1 * r, 0.42 * r, -Math.PI / 2, Math.PI / 2);
  g.fillStyle = PALETTE.unknownFill;
  if (!asks) g.fill();
  g.setLineDash(dashed ? [2.2, 3] : []);
  g.lineWidth = 3.2;
  g.strokeStyle = PALETTE.halo;
  if (!dashed) g.stroke();
  g.lineWidth = 1.5;
  g.strokeStyle = PALETTE.unknown;
  g.stroke();
  g.setLineDash([]);
  if (asks) {
    g.font = '700 10px "IBM Plex Sans", "DejaVu Sans", sans-serif';
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    g.fillStyle = PALETTE.partner;
    g.fillText('?', 0, 0.5);
    return;
  }
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
