import { defineConfig } from 'vite';

/** The page is served by the daemon under a policy without inline code, so nothing is inlined. */
export default defineConfig({
  base: './',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The client takes it in Node alone.
    rolldownOptions: { external: /\/node-transport\.ts$/ },
  },
});
