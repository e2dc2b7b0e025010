import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../src/skypact/console/assets',
    assetsDir: 'files', // the server keeps this folder apart: its names change with the content
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // a font or map inlined as a data: address would break the page's policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500, // MapLibre GL JS is one chunk of that order
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8470', ws: true } } },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
