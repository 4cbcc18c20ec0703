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

/** The snapshot that every answer on the page is read from; undefined until one is published. */
let snapshot;

/** Asks who is signed in, and so for a snapshot to stay with. */
export async function openSession() {
  return stayWith(await getJson('/session'));
}

export async function signIn(body) {
  return stayWith(await postJson('/signin', body));
}

function stayWith(session) {
  snapshot = session.snapshot;
  return session;
}

/** Fires `snapshot-retired` at the window when the snapshot of the page is no longer served. */
export async function getJson(path, init) {
  let response;
  const headers = { ...init?.headers, ...(snapshot && { 'X-Chiasm-Snapshot': String(snapshot) }) };
  const asked = snapshot;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init, headers });
  } catch {
    throw new Error('The server cannot be reached.');
  }
  const body = await response.json().catch(() => undefined);
  if (body?.code === 'snapshot-retired') {
    await moveOn(asked);
    return getJson(path, init);
  }
  if (!response.ok || body === undefined) throw new ApiError(response.status, body);
  return body;
}

let moving;

/** Moves the page from a snapshot to the newest, once for all requests that find it gone. */
async function moveOn(gone) {
  if (snapshot !== gone) return;
  moving ??= openSession()
    .then(() => {
      if (snapshot === gone) throw new Error('The tables are being renewed. Try again.');
      window.dispatchEvent(new Event('snapshot-retired'));
    })
    .finally(() => {
      moving = undefined;
    });
  await moving;
}

function postJson(path, body) {
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
