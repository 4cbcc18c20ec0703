// A server in a process of its own, so that its memory is its own and it can be killed: node server-child.mjs JSON
import { appendToAuditFile } from '../../dist/serve/audit-file.js';
import { startServer } from '../../dist/serve/http-server.js';

const { auditFile, ...options } = JSON.parse(process.argv[2]);
const log = appendToAuditFile(auditFile, (code) => {
  throw new Error(`the audit file cannot be written: ${code}`);
});
const server = await startServer({ ...options, log });
process.on('message', (message) => {
  if (message === 'stop') {
    void server.close().then(() => process.disconnect());
    return;
  }
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send({ rss, heap: heapUsed + external });
});
process.send({ url: server.url, port: server.sql.port });
