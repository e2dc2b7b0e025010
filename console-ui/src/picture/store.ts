// What the display knows: the newest picture, its texts, the node's status and the link's state.
// Framework-free: panels and renderer read it and are told when something is new.

import { numberOf, UNKNOWN_U32, type Picture } from '../protocol/frame';
import type { LinkListener } from '../protocol/link';
import type { NodeStatus, Reports, ReportStatus, Texts } from '../protocol/messages';
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
  /** Codes of the stations of a joint picture; the first is the node's own. */
  stations: string[] = [];
  /** Threat reports that hold, newest first, and the tracks that they name. */
  threatReports: ReportStatus[] = [];
  readonly reported = new Set<number>();
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

  /**
   * The number that a track goes under now: another one when it was given a joint number, or
   * another joint one, since `own` (the node's own track behind it) was seen under `track`.
   */
  follow(track: number, own: number): number {
    const { current } = this;
    if (this.rowOf.has(track) || own === UNKNOWN_U32 || !current?.joint) return track;
    const row = current.joint.ownTrack.indexOf(own);
    return row < 0 ? track : current.track[row];
  }

  /** The node's own track behind one of the picture, UNKNOWN_U32 where none. */
  own(track: number): number {
    const row = this.row(track);
    if (row < 0 || this.current === null) return UNKNOWN_U32;
    return this.current.joint?.ownTrack[row] ?? track;
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
    for (const track of texts.gone) this.textOf.delete(numberOf(track));
    for (const [track, callsign, sensors] of texts.rows)
      this.textOf.set(numberOf(track), { callsign, sensors });
    if (texts.stations !== undefined) this.stations = texts.stations;
  }

  reports({ reports }: Reports): void {
    this.threatReports = reports;
    this.reported.clear();
    for (const report of reports) for (const track of report.tracks) this.reported.add(track);
    this.tell();
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
