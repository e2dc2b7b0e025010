// window.skypact: what the display shows, for browser tests and the curious. It reads only.
// Described in docs/reference/picture-frame.md.

import type { Display } from './display';
import type { PictureStore } from './picture/store';
import { CONFIRMED, type Mode } from './protocol/frame';
import type { ScreenSymbol } from './render/layer';

export interface ShownPicture {
  sequence: number;
  timeMs: number;
  mode: Mode;
  tracks: number;
  confirmed: number;
  /** Track number, longitude and latitude in degrees. */
  positions: { track: number; longitude: number; latitude: number }[];
}

declare global {
  interface Window {
    skypact: Readonly<{
      picture(): ShownPicture | null;
      symbols(): ScreenSymbol[];
      drawMs(): number;
    }>;
  }
}

export function exposeTestHook(store: PictureStore, display: Display): void {
  window.skypact = Object.freeze({
    picture: () => shown(store),
    symbols: () => display.symbols(),
    drawMs: () => display.drawMs,
  });
}

function shown({ current }: PictureStore): ShownPicture | null {
  if (current === null) return null;
  return {
    sequence: current.sequence,
    timeMs: current.timeMs,
    mode: current.mode,
    tracks: current.count,
    confirmed: current.flags.filter((flags) => (flags & CONFIRMED) !== 0).length,
    positions: Array.from(current.track, (track, i) => ({
      track,
      longitude: current.longitudeDeg[i],
      latitude: current.latitudeDeg[i],
    })),
  };
}
