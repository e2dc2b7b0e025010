// Every language says everything; the keys work in every keyboard layout.

import { expect, test } from 'vitest';
import { keyAction } from '../src/keys';
import { firstLanguage, LANGUAGES } from '../src/words';

test('no language leaves a word out or in English by oversight', () => {
  for (const tag of ['ru', 'ky'] as const)
    for (const [key, word] of Object.entries(LANGUAGES[tag])) {
      expect(word, `${tag} ${key}`).not.toBe('');
      expect(word, `${tag} ${key}`).toMatch(/[А-Яа-яЁёҢңӨөҮү]/);
    }
});

test('Russian and Kyrgyz words differ where the languages do', () => {
  const same = Object.keys(LANGUAGES.ru).filter(
    (key) => LANGUAGES.ru[key as 'live'] === LANGUAGES.ky[key as 'live'],
  );
  expect(same.length).toBeLessThan(10);
});

test('the language is the one kept, else the browser\'s, else English', () => {
  expect(firstLanguage('ky', ['en-GB'])).toBe('ky');
  expect(firstLanguage(null, ['de', 'ru-RU'])).toBe('ru');
  expect(firstLanguage('xx', [])).toBe('en');
});

function key(key: string, code: string, more: object = {}): Parameters<typeof keyAction>[0] {
  return { key, code, ctrlKey: false, altKey: false, metaKey: false, target: null, ...more };
}

test('letters work in a Cyrillic layout', () => {
  expect(keyAction(key('а', 'KeyF'))?.name).toBe('fit');
  expect(keyAction(key('д', 'KeyL'))?.name).toBe('leaders');
});

test('keys of the browser and of fields are left alone', () => {
  expect(keyAction(key('f', 'KeyF', { ctrlKey: true }))).toBeNull();
  expect(keyAction(key('ArrowUp', 'ArrowUp', { target: { tagName: 'SELECT' } }))).toBeNull();
});
