// What the display knows: the newest picture, its texts, the node's status and the link's state.
// Framework-free: panels and renderer read it and are told when something is new.

import type { Picture } from '../protocol/frame';
import type { LinkListener } from '../protocol/link';
import type { NodeStatus, Texts } from '../protocol/messages';
import { mercatorX, mercatorY } from './mercator';
import { Trails } from './trails';

export interface TrackText {
  callsign: string;
  sensors: number[];
}

const NO_TEXT: TrackText = { callsign: '', sensors: [] };

export class PictureStore implements LinkListener {
  current: Picture | null = null;
  nodeStatus: NodeStatus | null = null;
  isConnected = false;
  /** When the newest frame came in, on the clock of `now()`; -Infinity before the first. */
  receivedMs = Number.NEGATIVE_INFINITY;
  /** Tracks of the newest picture on the unit square of Web Mercator. */
  x = new Float64Array(0);
  y = new Float64Array(0);
  readonly trails = new Trails();
  /** Messages that could not be read, since the page was opened. */
  unreadableCount = 0;

  private textOf = new Map<number, TrackText>();
  private rowOf = new Map<number, number>();
  private listeners = new Set<() => void>();

  constructor(private readonly now: () => number) {}

  /** Be told of everything new; the function returned ends it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Row of a track in the newest picture, -1 if it is not there. */
  row(track: number): number {
    return this.rowOf.get(track) ?? -1;
  }

  text(track: number): TrackText {
    return this.textOf.get(track) ?? NO_TEXT;
  }

  /** Seconds since the newest frame came in; null before the first. */
  ageS(): number | null {
    return this.current === null ? null : (this.now() - this.receivedMs) / 1000;
  }

  picture(picture: Picture): void {
    this.current = picture;
    this.receivedMs = this.now();
    this.x = new Float64Array(picture.count);
    this.y = new Float64Array(picture.count);
    this.rowOf.clear();
    for (let i = 0; i < picture.count; i++) {
      this.x[i] = mercatorX(picture.longitudeDeg[i]);
      this.y[i] = mercatorY(picture.latitudeDeg[i]);
      this.rowOf.set(picture.track[i], i);
    }
    this.trails.update(picture, this.x, this.y);
    this.tell();
  }

  status(status: NodeStatus): void {
    this.nodeStatus = status;
    this.tell();
  }

  texts(texts: Texts): void {
    if (texts.base === null) this.textOf.clear();
    for (const track of texts.gone) this.textOf.delete(track);
    for (const [track, callsign, sensors] of texts.rows)
      this.textOf.set(track, { callsign, sensors });
  }

  connected(connected: boolean): void {
    this.isConnected = connected;
    this.tell();
  }

  unreadable(why: string): void {
    this.unreadableCount++;
    // Said once in the console of the browser for whoever looks for the cause.
    if (this.unreadableCount === 1) console.warn(`picture message dropped: ${why}`);
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
