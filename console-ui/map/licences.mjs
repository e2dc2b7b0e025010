// Gathers the licences of everything that travels in the built display into one text, because
// they ask to be passed on with it. Out: src/map/generated/licences.txt.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));
// The map's shapes are made from a package that only the build needs.
const shipped = Object.entries(packages).filter(
  ([path, { dev }]) => path !== '' && (!dev || path === 'node_modules/world-atlas'),
);

const texts = [];
for (const [path, { version, license }] of shipped) {
  if (!existsSync(root + path)) continue; // for another platform
  const name = path.replace(/^.*node_modules\//, '');
  const files = readdirSync(root + path).filter((file) => /^(licen[cs]e|copying|ofl)/i.test(file));
  const text = files.map((file) => readFileSync(`${root}${path}/${file}`, 'utf8').trim());
  texts.push([`${name} ${version} (${license})`, ...text].join('\n\n'));
}
writeFileSync(`${root}src/map/generated/licences.txt`, `${texts.join(`\n\n${'-'.repeat(72)}\n\n`)}\n`);
console.log(`licences of ${texts.length} packages`);
