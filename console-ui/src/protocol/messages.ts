// The JSON messages beside the picture frames. Format: docs/reference/picture-frame.md.

import type { Mode } from './frame';

export type SensorState = 'live' | 'late' | 'silent';

export type SensorHealth = 'good' | 'learning' | 'doubtful' | 'withheld';

/** How far off a sensor measures, as estimated on line; null where it has no such error. */
export interface RegistrationStatus {
  health: SensorHealth;
  reason: string;
  range_bias_m: number | null;
  range_bias_m_sigma: number | null;
  azimuth_bias_deg: number | null;
  azimuth_bias_deg_sigma: number | null;
  time_offset_s: number | null;
  time_offset_s_sigma: number | null;
}

/** The same words by language code; "en" is always there. */
export type Texted = Record<string, string>;

export interface AgreementStatus {
  id: string;
  version: number;
  title: Texted;
  digest: string;
  standing: string;
  in_force: string | null;
  ends: string | null;
  notice_by: string | null;
  renewed: number;
  warnings: Texted[];
  parties: {
    code: string;
    name: Texted;
    signed: string | null;
    ratified: string | null;
    signature: boolean;
  }[];
  roles: { kind: string; party: string; office: Texted; scope: string; clause: string }[];
}

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
  registration: RegistrationStatus | null;
  /** Median from measurement to reception, s; null while nothing came. */
  latency_s: number | null;
  latency_p95_s: number | null;
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
  agreements: AgreementStatus[];
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
