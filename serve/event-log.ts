/**
 * Writes one line of JSON: the event, when it was, and what else may be told of it. False where it is known not to have
 * been written.
 */
export type EventLog = (event: string, fields?: Readonly<Record<string, unknown>>) => boolean;

/** An event log over a sink of lines, which may answer false. One that fails, such as a full disk, stops no request. */
export function createEventLog(
  sink: (line: string) => unknown,
  now: () => Date = () => new Date(),
): EventLog {
  return (event, fields = {}) => {
    try {
      return sink(JSON.stringify({ event, at: now().toISOString(), ...fields })) !== false;
    } catch {
      // Who needs every line takes `appendToAuditFile` for a sink: it counts what it could not write.
      return false;
    }
  };
}
