// Everything that moves, on one Canvas 2D above the map. What is drawn is what the last frame
// said: nothing is moved on between frames.

import { shareOf } from '../picture/shares';
import { mercatorPerMetre, mercatorX, mercatorY, screenX, screenY, type View } from '../picture/mercator';
import { COASTING, CONFIRMED, UNKNOWN_U16, type Picture } from '../protocol/frame';
import { drawGrid } from './grid';
import { LabelPlacer, type Box } from './labels';
import { labelLines, wishFor } from './label_text';
import type { LiveLayer, Scene, ScreenSymbol } from './layer';
import { LABEL_FONT, PALETTE, SMALL_FONT } from './palette';
import { drawReports } from './reports';
import { drawSensor, makeSprites, SYMBOL_RADIUS_PX, type Sprites, type SymbolKind } from './symbols';

const MARGIN_PX = 40;
const REACH_PX = 16;
/** More tracks than this on the screen become small marks: whole symbols would hide each other. */
const MARKS_FROM = 1200;
/** More labels than this cannot be read, and are not tried; the chosen track keeps its own. */
const LABELS_UP_TO = 450;
const LINE_PX = 13;

export class CanvasLayer implements LiveLayer {
  private readonly g: CanvasRenderingContext2D;
  private ratio = 1;
  private sprites: Sprites;
  private readonly placer = new LabelPlacer();
  // Tracks on the screen: rows of the picture, and where they lie.
  private count = 0;
  private rows = new Int32Array(0);
  private xs = new Float32Array(0);
  private ys = new Float32Array(0);
  private picture: Picture | null = null;
  /** Sensors and their names, and those of reports, which labels keep clear of. */
  private obstacles: Box[] = [];

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.g = canvas.getContext('2d')!;
    this.sprites = makeSprites(1);
  }

  resize(widthPx: number, heightPx: number, ratio: number): void {
    if (ratio !== this.ratio) this.sprites = makeSprites(ratio);
    this.ratio = ratio;
    this.canvas.width = Math.round(widthPx * ratio);
    this.canvas.height = Math.round(heightPx * ratio);
    this.canvas.style.width = `${widthPx}px`;
    this.canvas.style.height = `${heightPx}px`;
  }

  draw(scene: Scene): void {
    const { g } = this;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, scene.view.widthPx, scene.view.heightPx);
    drawGrid(g, scene.view);
    this.obstacles = drawReports(g, scene.view, scene.store.threatReports, scene.draft);
    this.drawSensors(scene);
    this.picture = scene.store.current;
    this.count = 0;
    if (this.picture === null) return;
    this.findVisible(scene, this.picture);
    const asMarks = this.count > MARKS_FROM;
    if (!asMarks) this.drawTrails(scene, this.picture);
    this.drawLeaders(scene, this.picture, asMarks);
    this.drawSymbols(this.picture, asMarks);
    this.drawSelection(scene, this.picture);
    this.drawLabels(scene, this.picture);
  }

  hit(xPx: number, yPx: number): number {
    let nearest = -1;
    let least = REACH_PX * REACH_PX;
    for (let k = 0; k < this.count; k++) {
      const away = (this.xs[k] - xPx) ** 2 + (this.ys[k] - yPx) ** 2;
      if (away < least) {
        least = away;
        nearest = k;
      }
    }
    return nearest < 0 || this.picture === null ? -1 : this.picture.track[this.rows[nearest]];
  }

  symbols(): ScreenSymbol[] {
    const { picture } = this;
    if (picture === null) return [];
    return Array.from({ length: this.count }, (_, k) => ({
      track: picture.track[this.rows[k]],
      x: this.xs[k],
      y: this.ys[k],
    }));
  }

  private findVisible({ store, view, options, selected }: Scene, picture: Picture): void {
    if (this.rows.length < picture.count) {
      this.rows = new Int32Array(2 * picture.count);
      this.xs = new Float32Array(2 * picture.count);
      this.ys = new Float32Array(2 * picture.count);
    }
    for (let i = 0; i < picture.count; i++) {
      const tentative = (picture.flags[i] & CONFIRMED) === 0;
      if (tentative && !options.showTentative && picture.track[i] !== selected) continue;
      const x = screenX(view, store.x[i]);
      const y = screenY(view, store.y[i]);
      // Written so that a position that is not a number is left out.
      if (!(x > -MARGIN_PX && x < view.widthPx + MARGIN_PX)) continue;
      if (!(y > -MARGIN_PX && y < view.heightPx + MARGIN_PX)) continue;
      this.rows[this.count] = i;
      this.xs[this.count] = x;
      this.ys[this.count] = y;
      this.count++;
    }
  }

  private drawSensors({ store, view }: Scene): void {
    const { g } = this;
    g.font = SMALL_FONT;
    g.textBaseline = 'middle';
    for (const sensor of store.nodeStatus?.sensors ?? []) {
      if (sensor.latitude_deg === null || sensor.longitude_deg === null) continue;
      const x = screenX(view, mercatorX(sensor.longitude_deg));
      const y = screenY(view, mercatorY(sensor.latitude_deg));
      drawSensor(g, x, y, sensor.kind, sensor.state);
      this.text(sensor.name, x + 9, y + 8, PALETTE.sensorName);
      const right = x + 9 + g.measureText(sensor.name).width;
      this.obstacles.push({ left: x - 6, top: y - 7, right, bottom: y + 15, weight: 2 });
    }
  }

  private drawTrails({ store, view }: Scene, picture: Picture): void {
    const { g } = this;
    g.fillStyle = PALETTE.trail;
    for (let k = 0; k < this.count; k++) {
      const trail = store.trails.of(picture.track[this.rows[k]]);
      if (trail === undefined) continue;
      for (let p = 0; p < trail.points.length; p += 2) {
        const x = screenX(view, trail.points[p]);
        const y = screenY(view, trail.points[p + 1]);
        // The newest dot would lie under the symbol and only smear it.
        if (Math.hypot(x - this.xs[k], y - this.ys[k]) < 0.6 * SYMBOL_RADIUS_PX) continue;
        g.fillRect(x - 1, y - 1, 2, 2);
      }
    }
  }

  private drawLeaders({ view, options }: Scene, picture: Picture, asMarks: boolean): void {
    if (options.leaderMinutes === 0) return;
    const { g } = this;
    const start = asMarks ? 0 : 2.5;
    g.beginPath();
    for (let k = 0; k < this.count; k++) {
      const i = this.rows[k];
      if ((picture.flags[i] & CONFIRMED) === 0) continue;
      const reach = leaderPx(picture, i, view, options.leaderMinutes);
      if (!(reach > start)) continue;
      const angle = (picture.trackAngleCdeg[i] / 18_000) * Math.PI;
      const dx = Math.sin(angle);
      const dy = -Math.cos(angle);
      g.moveTo(this.xs[k] + start * dx, this.ys[k] + start * dy);
      g.lineTo(this.xs[k] + reach * dx, this.ys[k] + reach * dy);
    }
    g.lineWidth = asMarks ? 0.8 : 1.2;
    g.strokeStyle = PALETTE.leader;
    g.stroke();
  }

  private drawSymbols(picture: Picture, asMarks: boolean): void {
    const { sizePx, of } = this.sprites;
    for (let k = 0; k < this.count; k++) {
      const kind = symbolKind(picture.flags[this.rows[k]], asMarks);
      const share = shareOf(picture, this.rows[k]);
      // Whole device pixels: a stamped bitmap stays sharp.
      const x = Math.round((this.xs[k] - sizePx / 2) * this.ratio) / this.ratio;
      const y = Math.round((this.ys[k] - sizePx / 2) * this.ratio) / this.ratio;
      this.g.drawImage(of(kind, share), x, y, sizePx, sizePx);
    }
  }

  private drawSelection({ view, selected }: Scene, picture: Picture): void {
    const { g } = this;
    for (let k = 0; k < this.count; k++) {
      const i = this.rows[k];
      if (picture.track[i] !== selected) continue;
      const [x, y, r] = [this.xs[k], this.ys[k], SYMBOL_RADIUS_PX + 5];
      g.strokeStyle = PALETTE.selected;
      g.lineWidth = 1.6;
      g.beginPath();
      for (const [sx, sy] of [[-1, -1], [1, -1], [1, 1], [-1, 1]]) {
        g.moveTo(x + sx * r, y + sy * (r - 6));
        g.lineTo(x + sx * r, y + sy * r);
        g.lineTo(x + sx * (r - 6), y + sy * r);
      }
      g.stroke();
      const sigma = picture.sigmaM[i];
      if (sigma === UNKNOWN_U16) continue;
      const ring = sigma * mercatorPerMetre(picture.latitudeDeg[i]) * view.worldPx;
      if (ring < SYMBOL_RADIUS_PX) continue;
      g.setLineDash([3, 4]);
      g.lineWidth = 1;
      g.beginPath();
      g.arc(x, y, ring, 0, 2 * Math.PI);
      g.stroke();
      g.setLineDash([]);
    }
  }

  private drawLabels(scene: Scene, picture: Picture): void {
    const { g } = this;
    g.font = LABEL_FONT;
    g.textBaseline = 'middle';
    const all = this.count <= LABELS_UP_TO;
    const charPx = g.measureText('0').width;
    const wishes = [];
    for (let k = 0; k < this.count; k++) {
      const i = this.rows[k];
      const chosen = picture.track[i] === scene.selected;
      if (!chosen && (!all || (picture.flags[i] & CONFIRMED) === 0)) continue;
      wishes.push(wishFor(picture, i, scene.store, [this.xs[k], this.ys[k]], charPx, LINE_PX, chosen));
    }
    const places = this.placer.place(wishes, this.obstacles);
    for (const wish of wishes) {
      const place = places.get(wish.track);
      if (place === undefined) continue;
      const i = scene.store.row(wish.track);
      const lines = labelLines(picture, i, scene.store, place.short);
      const width = place.short ? wish.shortWidthPx : wish.widthPx;
      this.tie(wish.x, wish.y, place.x, place.y, width, lines.length * LINE_PX);
      lines.forEach((line, n) => {
        const colour = wish.must ? PALETTE.selected : n === 0 ? PALETTE.label : PALETTE.labelDim;
        this.text(line, place.x, place.y + (n + 0.5) * LINE_PX, colour);
      });
    }
  }

  /** A thin line from the symbol to the nearest side of its label. */
  private tie(x: number, y: number, left: number, top: number, width: number, height: number): void {
    const toX = Math.max(left - 2, Math.min(x, left + width + 2));
    const toY = Math.max(top, Math.min(y, top + height));
    const away = Math.hypot(toX - x, toY - y);
    if (away < SYMBOL_RADIUS_PX + 2) return;
    const part = SYMBOL_RADIUS_PX / away;
    this.g.beginPath();
    this.g.moveTo(x + (toX - x) * part, y + (toY - y) * part);
    this.g.lineTo(toX, toY);
    this.g.lineWidth = 0.8;
    this.g.strokeStyle = PALETTE.tie;
    this.g.stroke();
  }

  private text(text: string, x: number, y: number, colour: string): void {
    const { g } = this;
    g.lineWidth = 3;
    g.lineJoin = 'round';
    g.strokeStyle = PALETTE.halo;
    g.strokeText(text, x, y);
    g.fillStyle = colour;
    g.fillText(text, x, y);
  }
}

/** Length of the leader on the screen; NaN when speed or direction is not known. */
function leaderPx(picture: Picture, i: number, view: View, minutes: number): number {
  const { speedDmps, trackAngleCdeg, latitudeDeg } = picture;
  if (speedDmps[i] === UNKNOWN_U16 || trackAngleCdeg[i] === UNKNOWN_U16) return Number.NaN;
  const metres = (speedDmps[i] / 10) * 60 * minutes;
  return metres * mercatorPerMetre(latitudeDeg[i]) * view.worldPx;
}

function symbolKind(flags: number, asMark: boolean): SymbolKind {
  if ((flags & CONFIRMED) === 0) return asMark ? 'tentativeMark' : 'tentative';
  if ((flags & COASTING) !== 0) return asMark ? 'coastingMark' : 'coasting';
  return asMark ? 'mark' : 'confirmed';
}
