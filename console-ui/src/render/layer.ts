// The seam between the display and whatever draws what moves: Canvas 2D now, WebGL 2 if a
// figure should ever need it.

import type { Area } from './reports';
import type { PictureStore } from '../picture/store';
import type { View } from '../picture/mercator';

export interface DrawOptions {
  /** Length of velocity leaders in minutes; 0 draws none. */
  leaderMinutes: number;
  /** Whether tentative tracks are shown. */
  showTentative: boolean;
}

export interface Scene {
  store: PictureStore;
  view: View;
  options: DrawOptions;
  /** Track number chosen by the operator, -1 none. */
  selected: number;
  /** Area of the report that is being written, null none. */
  draft: Area | null;
}

/** A track as it lies on the screen. */
export interface ScreenSymbol {
  track: number;
  x: number;
  y: number;
}

export interface LiveLayer {
  /** Fit the canvas to its place: CSS pixels, and device pixels per CSS pixel. */
  resize(widthPx: number, heightPx: number, ratio: number): void;
  draw(scene: Scene): void;
  /** Number of the track drawn nearest to this point, within reach of a finger; -1 none. */
  hit(xPx: number, yPx: number): number;
  /** What the last draw put on the screen. */
  symbols(): ScreenSymbol[];
}
