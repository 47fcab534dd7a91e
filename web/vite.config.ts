import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The pages are served by the daemon under a policy without inline code, so nothing is inlined. */
export default defineConfig({
  base: './',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: [page('index.html'), page('docs.html')],
      // The client takes it in Node alone.
      external: /\/node-transport\.ts$/,
    },
  },
});
