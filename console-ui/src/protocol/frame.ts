// The picture frame: bytes of one WebSocket message in, typed columns out, without copying.
// Format: docs/reference/picture-frame.md; the encoder is src/skypact/console/frame.py; both
// are held to tests/golden/picture_frame_v1.bin.

export type Mode = 'live' | 'replay' | 'exercise';

export interface Picture {
  sequence: number;
  count: number;
  /** The picture's time, UTC nanoseconds since 1970. */
  timeNs: bigint;
  /** The same in milliseconds, for clocks. */
  timeMs: number;
  mode: Mode;
  /** Times real time; 0 means as fast as possible. */
  speed: number;
  textsRevision: number;
  track: Uint32Array;
  longitudeDeg: Float32Array;
  latitudeDeg: Float32Array;
  modeS: Uint32Array;
  level25ft: Int16Array;
  speedDmps: Uint16Array;
  trackAngleCdeg: Uint16Array;
  climbDmps: Int16Array;
  sigmaM: Uint16Array;
  mode3a: Uint16Array;
  flags: Uint16Array;
  age2Hz: Uint8Array;
}

export const UNKNOWN_U8 = 255;
export const UNKNOWN_U16 = 65_535;
export const UNKNOWN_U32 = 4_294_967_295;
export const UNKNOWN_I16 = -32_768;

export const CONFIRMED = 1;
export const COASTING = 2;
export const LEVEL_IS_GEOMETRIC = 4;

const MAGIC = 0x50594b53; // "SKYP", little endian
const VERSION = 1;
const KEYFRAME = 0;
const HEADER_BYTES = 40;
const COLUMN_BYTES = 8;
const MODES: readonly Mode[] = ['live', 'replay', 'exercise'];

/** Why a message is no picture that this display understands. */
export class FrameError extends Error {}

// Column numbers of version 1: name, type code and array type.
const COLUMNS = [
  ['track', 3, Uint32Array],
  ['longitudeDeg', 5, Float32Array],
  ['latitudeDeg', 5, Float32Array],
  ['modeS', 3, Uint32Array],
  ['level25ft', 4, Int16Array],
  ['speedDmps', 2, Uint16Array],
  ['trackAngleCdeg', 2, Uint16Array],
  ['climbDmps', 4, Int16Array],
  ['sigmaM', 2, Uint16Array],
  ['mode3a', 2, Uint16Array],
  ['flags', 2, Uint16Array],
  ['age2Hz', 1, Uint8Array],
] as const;

/** Read a frame; its columns are views of the buffer. Columns of higher numbers are ignored. */
export function decodePicture(buffer: ArrayBuffer): Picture {
  if (buffer.byteLength < HEADER_BYTES) throw new FrameError('shorter than its header');
  const header = new DataView(buffer);
  if (header.getUint32(0, true) !== MAGIC) throw new FrameError('no picture frame');
  const version = header.getUint16(4, true);
  if (version !== VERSION) throw new FrameError(`version ${version} is not known`);
  if (header.getUint16(6, true) !== KEYFRAME) throw new FrameError('not a keyframe');
  const count = header.getUint32(12, true);
  const timeNs = header.getBigInt64(16, true);
  const mode = MODES[header.getUint8(24)];
  if (mode === undefined) throw new FrameError(`mode ${header.getUint8(24)} is not known`);
  const columns = new Map<string, ArrayBufferView>();
  for (let index = 0; index < header.getUint8(25); index++) {
    const place = HEADER_BYTES + index * COLUMN_BYTES;
    if (place + COLUMN_BYTES > buffer.byteLength) throw new FrameError('column table cut off');
    const column = COLUMNS[header.getUint8(place) - 1];
    if (column === undefined) continue;
    const [name, type, Array] = column;
    if (header.getUint8(place + 1) !== type) throw new FrameError(`${name} has another type`);
    const offset = header.getUint32(place + 4, true);
    if (offset % 8 !== 0 || offset + count * Array.BYTES_PER_ELEMENT > buffer.byteLength)
      throw new FrameError(`${name} lies outside the frame`);
    columns.set(name, new Array(buffer, offset, count));
  }
  for (const [name] of COLUMNS) if (!columns.has(name)) throw new FrameError(`${name} is missing`);
  return {
    sequence: header.getUint32(8, true),
    count,
    timeNs,
    timeMs: Number(timeNs / 1_000_000n),
    mode,
    speed: header.getFloat32(28, true),
    textsRevision: header.getUint32(36, true),
    ...(Object.fromEntries(columns) as unknown as Pick<Picture, (typeof COLUMNS)[number][0]>),
  };
}
