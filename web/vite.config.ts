import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Files that fit into one packet anyway are left as they are. */
const WORTH_BYTES = 1_400;

/** Beside each file the same, compressed as well as can be: the daemon sends it to those who take it. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    writeBundle({ dir = '' }, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source);
        if (bytes.length < WORTH_BYTES) continue;
        writeFileSync(join(dir, `${name}.br`), brotliCompressSync(bytes));
        writeFileSync(join(dir, `${name}.gz`), gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The pages are served by the daemon under a policy without inline code, so nothing is inlined. */
export default defineConfig({
  base: './',
  plugins: [precompress()],
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
