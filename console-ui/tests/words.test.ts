// Every language says everything; the keys work in every keyboard layout.

import { expect, test } from 'vitest';
import { keyAction } from '../src/keys';
import { firstLanguage, LANGUAGES } from '../src/words';
import { PANEL_WORDS } from '../src/words/panels';

const ALL = {
  en: { ...LANGUAGES.en, ...PANEL_WORDS.en },
  ru: { ...LANGUAGES.ru, ...PANEL_WORDS.ru },
  ky: { ...LANGUAGES.ky, ...PANEL_WORDS.ky },
};

test('no language leaves a word out or in English by oversight', () => {
  for (const tag of ['ru', 'ky'] as const)
    for (const [key, word] of Object.entries(ALL[tag])) {
      expect(word, `${tag} ${key}`).not.toBe('');
      expect(word, `${tag} ${key}`).toMatch(/[А-Яа-яЁёҢңӨөҮү]/);
    }
});

test('Russian and Kyrgyz words differ where the languages do', () => {
  const same = Object.keys(ALL.ru).filter((key) => ALL.ru[key as 'live'] === ALL.ky[key as 'live']);
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

test('the panels of the exchange have keys of their own, and L stays with the leaders', () => {
  expect(keyAction(key('з', 'KeyP'))?.name).toBe('links');
  expect(keyAction(key('к', 'KeyR'))?.name).toBe('reports');
});

test('no word of the panels hides one of the display', () => {
  expect(Object.keys(LANGUAGES.en).filter((word) => word in PANEL_WORDS.en)).toEqual([]);
});

test('keys of the browser and of fields are left alone', () => {
  expect(keyAction(key('f', 'KeyF', { ctrlKey: true }))).toBeNull();
  expect(keyAction(key('ArrowUp', 'ArrowUp', { target: { tagName: 'SELECT' } }))).toBeNull();
});
