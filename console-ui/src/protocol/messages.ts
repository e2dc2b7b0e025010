// The JSON messages beside the picture frames. Format: docs/reference/picture-frame.md.

import type { Mode } from './frame';

export type SensorState = 'live' | 'late' | 'silent';

export interface SensorStatus {
  name: string;
  kind: string;
  latitude_deg: number | null;
  longitude_deg: number | null;
  state: SensorState;
  plots: number;
  plots_per_s: number;
  last_received_ns: number;
  rejected: Record<string, number>;
}

export interface NodeStatus {
  type: 'status';
  sequence: number;
  node: string;
  mode: Mode;
  now_ns: number;
  speed: number;
  plots: number;
  plots_per_s: number;
  tracks: number;
  finished: boolean;
  sensors: SensorStatus[];
  rejected: Record<string, number>;
}

export interface Texts {
  type: 'texts';
  revision: number;
  /** Revision that this message builds on; null replaces everything. */
  base: number | null;
  /** Track number, callsign (empty: none), indices of contributing sensors. */
  rows: [number, string, number[]][];
  gone: number[];
}

/** Read a text message; null for a type that this display does not know. */
export function readMessage(text: string): NodeStatus | Texts | null {
  const message: unknown = JSON.parse(text);
  if (typeof message !== 'object' || message === null || !('type' in message)) return null;
  if (message.type === 'status' || message.type === 'texts') return message as NodeStatus | Texts;
  return null;
}
