import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The engine to develop against: the mock of `npm run mock`, or a real one.
const engine = process.env['IOC_URL'] ?? 'http://127.0.0.1:8090';

export default defineConfig({
  plugins: [svelte()],
  base: './',
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 600 },
  server: {
    proxy: {
      '/api': engine,
      // The engine lets in its own origin only.
      '/live': { target: engine, ws: true, changeOrigin: true, headers: { origin: engine } },
    },
  },
  test: { include: ['src/**/*.test.ts', 'mock/**/*.test.ts'], environment: 'node' },
});
