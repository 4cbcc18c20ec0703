import { parentPort } from 'node:worker_threads';
import type { DicomJob, DicomReport } from './dicom-job.ts';
import { readDicomJob } from './dicom-read-job.ts';

/** Entry of a reading thread: takes jobs, answers each in turn. */
const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');

function report(message: DicomReport): void {
  port?.postMessage(message);
}

port.on('message', (job: DicomJob) => {
  report({ kind: 'done', outcomes: readDicomJob(job, () => report({ kind: 'alive' })) });
});

report({ kind: 'alive' });
