/** A failure that the server named by a code. */
export class ApiError extends Error {
  constructor(status, body) {
    super(messageFor(body?.code) ?? body?.error ?? `The server answered ${status}.`);
    this.status = status;
    this.code = body?.code;
  }
}

function messageFor(code) {
  switch (code) {
    case 'snapshot-not-found':
      return 'Nothing is published yet. Run “chiasm refresh” on the server, then try again.';
    case 'patient-not-found':
      return 'No patient has this key.';
    case 'query-failed':
    case 'internal-error':
      return 'The server failed to answer. Its log names the kind of error.';
    default:
      return undefined;
  }
}

export async function getJson(path, init) {
  let response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch {
    throw new Error('The server cannot be reached.');
  }
  const body = await response.json().catch(() => undefined);
  if (!response.ok || body === undefined) throw new ApiError(response.status, body);
  return body;
}

export function postJson(path, body) {
  return getJson(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The address of a Cube query, as any REST client would send it. */
export function loadAddress(query) {
  return `/cubejs-api/v1/load?query=${encodeURIComponent(JSON.stringify(query))}`;
}

/** Rows of a Cube query; a slow one is asked for again, as Cube wants it. */
export async function load(query) {
  for (;;) {
    const answer = await getJson(loadAddress(query));
    if (answer.error !== 'Continue wait') return answer.data;
  }
}
