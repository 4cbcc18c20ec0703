import { SingleBar } from 'cli-progress';
import type { Progress } from '../etl/refresh/refresh-options.ts';
import { progressLine } from './progress-line.ts';

export interface ProgressDisplay {
  show(progress: Progress): void;
  end(): void;
}

/** A bar on a terminal, one line per stage elsewhere; always on stderr, so that stdout stays for results. */
export function openProgress(isQuiet: boolean): ProgressDisplay {
  if (isQuiet) return { show: () => {}, end: () => {} };
  return process.stderr.isTTY ? barDisplay() : lineDisplay();
}

function barDisplay(): ProgressDisplay {
  let bar: SingleBar | undefined;
  let shown: Progress = { stage: '', done: 0, total: 0 };
  const end = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    end,
    show: (progress) => {
      if (progress.stage !== shown.stage) end();
      shown = progress;
      if (bar === undefined) {
        bar = new SingleBar({
          format: () => progressLine(shown, Date.now()),
          hideCursor: true,
          clearOnComplete: false,
          stream: process.stderr,
        });
        bar.start(1, 0);
      }
      bar.update(progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0);
    },
  };
}

function lineDisplay(): ProgressDisplay {
  let stage = '';
  return {
    end: () => {},
    show: (progress) => {
      if (progress.stage === stage) return;
      stage = progress.stage;
      process.stderr.write(`${stage}\n`);
    },
  };
}
