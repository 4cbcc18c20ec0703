import { openSession, signIn } from './api.js';
import { byId, element } from './dom.js';

/** Shows `#content` to whoever is signed in, and asks the others for a token first. */
export async function enter(open) {
  const show = (session) => {
    byId('sign-in').hidden = true;
    byId('content').hidden = false;
    byId('demo-note').hidden = !session.isDemo;
    if (!session.isDemo) offerSignOut(session);
    open(session);
  };
  try {
    let session = await openSession();
    if (!session.isSignedIn && session.isDemo) session = await signIn({});
    if (session.isSignedIn) show(session);
    else askForToken(show);
  } catch (error) {
    byId('freshness').textContent = error.message;
  }
}

function askForToken(show) {
  byId('sign-in').hidden = false;
  byId('token').focus();
  byId('sign-in-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const problem = byId('sign-in-error');
    problem.textContent = '';
    try {
      show(await signIn({ token: byId('token').value.trim() }));
    } catch (error) {
      problem.textContent =
        error.code === 'token-invalid' ? 'This token is not valid, or has expired.' : error.message;
    }
  });
}

function offerSignOut(session) {
  const button = element('button', { type: 'button', className: 'quiet' }, 'Sign out');
  button.addEventListener('click', async () => {
    await fetch('/signout', { method: 'POST', credentials: 'same-origin' });
    location.reload();
  });
  byId('session').replaceChildren(` · signed in as ${session.subject} `, button);
}
