// The JSON messages beside the picture frames. Format: docs/reference/picture-frame.md.

import type { Mode } from './frame';

/** The exchange's state of a link: see docs/reference/picture-frame.md. */
export type LinkState = 'live' | 'late' | 'stale' | 'lost' | 'closed';

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

/** One partner station under one agreement. Texts and codes come from outside. */
export interface PartnerStatus {
  station: string;
  party: string;
  agreement: string;
  state: LinkState;
  last_heard_ns: number;
  clock_offset_s: number | null;
  delay_s: number | null;
  delay_p95_s: number | null;
  sent_per_s: number;
  received_per_s: number;
  tracks: number;
  paired: number;
  unconfirmed: number;
  waiting: number;
  delivered: number;
  superseded: number;
  gaps: number;
  refused: Record<string, number>;
  throttled: boolean;
  epoch: number;
  bias_east_m: number | null;
  bias_north_m: number | null;
  credentials_end: string | null;
  trouble: string;
}

/** A threat report that holds. Texts come from outside, and may say and contain anything. */
export interface ReportStatus {
  id: string;
  station: string;
  party: string;
  classification: string;
  text: string;
  made_ns: number;
  from_ns: number;
  until_ns: number;
  latitude_deg: number | null;
  longitude_deg: number | null;
  radius_m: number | null;
  outline_deg: [number, number][];
  tracks: number[];
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
  /** The node's code in the exchange, empty where it takes part in none. */
  station: string;
  partners: PartnerStatus[];
  /** What the node takes from operators. */
  takes: ('reports' | 'links')[];
}

export interface Reports {
  type: 'reports';
  /** Newest first; the whole list each time. */
  reports: ReportStatus[];
}

export interface Texts {
  type: 'texts';
  revision: number;
  /** Revision that this message builds on; null replaces everything. */
  base: number | null;
  /** Track number, callsign (empty: none), indices of contributing sensors. */
  rows: [number, string, number[]][];
  gone: number[];
  /** Codes of the stations of a joint picture; the first is the node's own. */
  stations?: string[];
}

export type Message = NodeStatus | Texts | Reports;
const TYPES: readonly unknown[] = ['status', 'texts', 'reports'] satisfies Message['type'][];

/** Read a text message; null for a type that this display does not know. */
export function readMessage(text: string): Message | null {
  const message: unknown = JSON.parse(text);
  if (typeof message !== 'object' || message === null || !('type' in message)) return null;
  return TYPES.includes(message.type) ? (message as Message) : null;
}
