import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // by itself Vitest leaves one of two cores idle
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'short',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/**/*.long.test.ts'],
          globalSetup: ['tests/build.ts'],
          setupFiles: ['tests/seed.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'long',
          include: ['tests/**/*.long.test.ts'],
          globalSetup: ['tests/build.ts'],
          setupFiles: ['tests/seed.ts'],
          testTimeout: 2_400_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
