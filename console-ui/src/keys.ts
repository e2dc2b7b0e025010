// Which key does what. Keys typed into a field, or with Ctrl, Alt or Meta, are left alone.

export type ActionName =
  | 'pan'
  | 'zoomIn'
  | 'zoomOut'
  | 'fit'
  | 'leaders'
  | 'tentative'
  | 'sensors'
  | 'agreements'
  | 'links'
  | 'reports'
  | 'help'
  | 'escape';

export interface KeyAction {
  name: ActionName;
  dx?: number;
  dy?: number;
}

const BY_KEY: Record<string, KeyAction> = {
  ArrowLeft: { name: 'pan', dx: -1, dy: 0 },
  ArrowRight: { name: 'pan', dx: 1, dy: 0 },
  ArrowUp: { name: 'pan', dx: 0, dy: -1 },
  ArrowDown: { name: 'pan', dx: 0, dy: 1 },
  '+': { name: 'zoomIn' },
  '=': { name: 'zoomIn' },
  '-': { name: 'zoomOut' },
  '?': { name: 'help' },
  Escape: { name: 'escape' },
};

// Letters go by their place on the keyboard, so that they work in a Cyrillic layout too.
const BY_CODE: Record<string, KeyAction> = {
  KeyF: { name: 'fit' },
  KeyL: { name: 'leaders' },
  KeyT: { name: 'tentative' },
  KeyS: { name: 'sensors' },
  KeyG: { name: 'agreements' },
  KeyP: { name: 'links' }, // partners; L is the leaders'
  KeyR: { name: 'reports' },
};

export function keyAction(
  event: Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'altKey' | 'metaKey' | 'target'>,
): KeyAction | null {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const tag = (event.target as Element | null)?.tagName;
  if (tag === 'INPUT' || tag === 'SELECT' || tag === 'TEXTAREA') return null;
  return BY_KEY[event.key] ?? BY_CODE[event.code] ?? null;
}
