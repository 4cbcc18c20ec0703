/** Writes one line of JSON: the event, when it was, and what else may be told of it. */
export type EventLog = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

/** An event log over a sink of lines. A sink that fails, such as a full disk, stops no request. */
export function createEventLog(sink: (line: string) => void, now: () => Date = () => new Date()): EventLog {
  return (event, fields = {}) => {
    try {
      sink(JSON.stringify({ event, at: now().toISOString(), ...fields }));
    } catch {
      // Who needs every line takes `appendToAuditFile` for a sink: it counts what it could not write.
    }
  };
}
