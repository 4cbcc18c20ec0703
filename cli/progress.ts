import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../etl/refresh/refresh-options.ts';

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
  let stage = '';
  const end = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    end,
    show: (progress) => {
      if (progress.stage !== stage) {
        end();
        stage = progress.stage;
        bar = new SingleBar(
          {
            format: `${stage.padEnd(18)} {bar} {percentage}% {text}`,
            hideCursor: true,
            clearOnComplete: false,
            stream: process.stderr,
          },
          Presets.shades_classic,
        );
        bar.start(Math.max(1, progress.total), 0, { text: '' });
      }
      bar?.setTotal(Math.max(1, progress.total));
      bar?.update(progress.total === 0 ? 0 : progress.done, { text: progress.text ?? '' });
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
