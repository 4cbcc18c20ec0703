import type { Progress } from '../etl/refresh/refresh-options.ts';

const FRAMES = ['|', '/', '-', '\\'] as const;
const FRAME_MS = 120;
const STAGE_WIDTH = 18;
const BAR_WIDTH = 40;

/** A stage in one line: a bar where the end is known, else what has been done so far and something that moves. */
export function progressLine({ stage, done, total, text = '' }: Progress, nowMs: number): string {
  const name = stage.padEnd(STAGE_WIDTH);
  if (total > 0) {
    const share = Math.min(1, done / total);
    const full = Math.floor(share * BAR_WIDTH);
    return `${name} ${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${Math.floor(share * 100)}% ${text}`.trimEnd();
  }
  const frame = FRAMES[Math.floor(nowMs / FRAME_MS) % FRAMES.length];
  return `${name} ${frame} ${done > 0 ? `${done.toLocaleString('en-US')} ` : ''}${text}`.trimEnd();
}
