// The picture frame: bytes of one WebSocket message in, typed columns out, without copying.
// Format: docs/reference/picture-frame.md; the encoder is src/skypact/console/frame.py; both
// are held to the files tests/golden/picture_frame_*.bin. Version 1 is a node's own tracks,
// version 2 a joint picture.

export type Mode = 'live' | 'replay' | 'exercise';

/** What a joint picture says of each track beside its state. */
export interface JointColumns {
  /** The node's own track behind it, UNKNOWN_U32 where none. */
  ownTrack: Uint32Array;
  /** Bits of the stations whose sensors the state rests on; bit 0 is the node itself. */
  contributors: Uint32Array;
  /** Bits of the stations from the 33rd on, null where there are none. */
  contributorsBeyond32: Uint32Array | null;
  /** Index of the station that reports it, UNKNOWN_U8 where none does. */
  reporter: Uint8Array;
}

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
  /** Null for a node's own tracks: then all of them are its own. */
  joint: JointColumns | null;
  /** Track numbers; a joint track without a joint number has its own number above OWN_NUMBERS. */
  track: Uint32Array | Float64Array;
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
export const UNCONFIRMED = 8;
export const BLURRED = 16;
const OWN_NUMBER = 32;

/** Where numbers begin that are the node's own and no joint ones: both count from 1. */
export const OWN_NUMBERS = 2 ** 32;

const MAGIC = 0x50594b53; // "SKYP", little endian
const VERSIONS = { own: 1, joint: 2 };
const KEYFRAME = 0;
const HEADER_BYTES = 40;
const COLUMN_BYTES = 8;
const MODES: readonly Mode[] = ['live', 'replay', 'exercise'];

/** Why a message is no picture that this display understands. */
export class FrameError extends Error {}

// Columns by number: name, type code and array type.
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
  ['ownTrack', 3, Uint32Array],
  ['contributors', 3, Uint32Array],
  ['contributorsBeyond32', 3, Uint32Array],
  ['reporter', 1, Uint8Array],
] as const;
type Name = (typeof COLUMNS)[number][0];
const OF_OWN: readonly Name[] = COLUMNS.slice(0, 12).map(([name]) => name);
const OF_JOINT: readonly Name[] = ['ownTrack', 'contributors', 'reporter'];

/** Read a frame; its columns are views of the buffer. Columns of higher numbers are ignored. */
export function decodePicture(buffer: ArrayBuffer): Picture {
  if (buffer.byteLength < HEADER_BYTES) throw new FrameError('shorter than its header');
  const header = new DataView(buffer);
  if (header.getUint32(0, true) !== MAGIC) throw new FrameError('no picture frame');
  const version = header.getUint16(4, true);
  if (version !== VERSIONS.own && version !== VERSIONS.joint)
    throw new FrameError(`version ${version} is not known`);
  if (header.getUint16(6, true) !== KEYFRAME) throw new FrameError('not a keyframe');
  const count = header.getUint32(12, true);
  const timeNs = header.getBigInt64(16, true);
  const mode = MODES[header.getUint8(24)];
  if (mode === undefined) throw new FrameError(`mode ${header.getUint8(24)} is not known`);
  const columns = new Map<Name, ArrayBufferView>();
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
  const joint = version === VERSIONS.joint;
  for (const name of joint ? [...OF_OWN, ...OF_JOINT] : OF_OWN)
    if (!columns.has(name)) throw new FrameError(`${name} is missing`);
  const own = Object.fromEntries(OF_OWN.map((name) => [name, columns.get(name)]));
  const picture: Picture = {
    sequence: header.getUint32(8, true),
    count,
    timeNs,
    timeMs: Number(timeNs / 1_000_000n),
    mode,
    speed: header.getFloat32(28, true),
    textsRevision: header.getUint32(36, true),
    joint: joint
      ? {
          ownTrack: columns.get('ownTrack') as Uint32Array,
          contributors: columns.get('contributors') as Uint32Array,
          contributorsBeyond32: (columns.get('contributorsBeyond32') as Uint32Array) ?? null,
          reporter: columns.get('reporter') as Uint8Array,
        }
      : null,
    ...(own as unknown as Pick<Picture, Exclude<Name, keyof JointColumns>>),
  };
  if (joint) picture.track = numbersApart(picture.track, picture.flags);
  return picture;
}

/** Joint numbers as they are, and the node's own ones where no joint one can be. */
function numbersApart(track: ArrayLike<number>, flags: Uint16Array): Float64Array {
  return Float64Array.from(track, (number, i) =>
    (flags[i] & OWN_NUMBER) !== 0 ? OWN_NUMBERS + number : number,
  );
}

/** A number as JSON messages have it (minus the own one where none is joint), as in a picture. */
export function numberOf(told: number): number {
  return told < 0 ? OWN_NUMBERS - told : told;
}

/** A number for people: an own one that is no joint number stands in brackets. */
export function numberText(track: number): string {
  return track >= OWN_NUMBERS ? `(${track - OWN_NUMBERS})` : `#${track}`;
}
