/** An element with properties and children; text is always text, never HTML. */
export function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

/** Shows what a loader returns inside `body`; its failure in words, with a button to try again. */
export async function fill(body, load, waiting = 'Loading…') {
  body.setAttribute('aria-busy', 'true');
  body.replaceChildren(element('p', { className: 'waiting' }, waiting));
  try {
    const content = await load();
    body.replaceChildren(...[content].flat());
  } catch (error) {
    const retry = element('button', { className: 'quiet', type: 'button' }, 'Try again');
    retry.addEventListener('click', () => fill(body, load, waiting));
    body.replaceChildren(element('p', { className: 'problem', role: 'alert' }, error.message), retry);
  } finally {
    body.setAttribute('aria-busy', 'false');
  }
}

export function emptyNote(text) {
  return element('p', { className: 'summary' }, text);
}

/** A table from columns `{ title, value, isNumber }` and rows. */
export function table(caption, columns, rows) {
  const className = (column) => [column.isNumber ? 'number' : '', column.className ?? ''].join(' ').trim();
  return element(
    'table',
    { 'aria-label': caption },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...columns.map((column) =>
          element('th', { scope: 'col', className: className(column) }, column.title),
        ),
      ),
    ),
    element(
      'tbody',
      {},
      ...rows.map((row) =>
        element(
          'tr',
          {},
          ...columns.map((column) =>
            element('td', { className: className(column) }, column.value(row) ?? ''),
          ),
        ),
      ),
    ),
  );
}
