// Texts from outside, as they may be shown: Svelte and the canvas keep them from being markup;
// this keeps them from being endless, from turning the direction of writing around, and from
// piling marks over their neighbours. What is taken away leaves a sign.

const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u206f\ufeff\ud800-\udfff]/u;
const ALL_UNSEEN = new RegExp(UNSEEN.source, 'gu');
const MARKS = /(\p{M}{2})\p{M}+/gu;

/** At most this many characters of a text; line ends stay unless `oneLine`. */
export function foreign(text: unknown, most: number, oneLine = false): string {
  const whole = typeof text === 'string' ? text : '';
  // Cut before and after: no pattern is to run over what will not be shown.
  const signs = Array.from(whole.slice(0, 2 * most + 2));
  const cut = signs.length > most || whole.length > 2 * most + 2;
  let shown = signs.slice(0, most).join('').replace(ALL_UNSEEN, '\ufffd').replace(MARKS, '$1');
  if (oneLine) shown = shown.replace(/\s+/g, ' ').trim();
  return cut ? `${shown}…` : shown;
}
