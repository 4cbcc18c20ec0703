// Asks for the files of the page, one after the other, until it is told to stop; then tells how long each took.
import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const FILES = ['/', '/app/page.js', '/app/page.css', '/vendor/d3.min.js'];
const agent = new Agent({ keepAlive: true });
const ask = (path) =>
  new Promise((resolve, reject) => {
    get(`${workerData.url}${path}`, { agent }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => resolve(response.statusCode));
    }).once('error', reject);
  });

let isStopped = false;
parentPort.once('message', () => {
  isStopped = true;
});
const times = [];
const failures = [];
for (let next = 0; !isStopped; next += 1) {
  const path = FILES[next % FILES.length];
  const started = performance.now();
  try {
    const status = await ask(path);
    if (status !== 200) failures.push(`${path}: ${status}`);
  } catch (error) {
    failures.push(`${path}: ${error.message}`);
  }
  times.push(performance.now() - started);
  await pause(20);
}
agent.destroy();
parentPort.postMessage({ times, failures });
parentPort.close();
