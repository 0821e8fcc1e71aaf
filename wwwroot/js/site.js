// Small comforts. Every page works without this file; nothing here decides anything.

// The server writes times in the viewer's zone once it knows it.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes('ptt-zone=' + zone)) {
  document.cookie = 'ptt-zone=' + zone + ';path=/;max-age=31536000;samesite=lax' + (location.protocol === 'https:' ? ';secure' : '');
}

document.addEventListener('click', async event => {
  const button = event.target.closest('[data-copy]');
  if (button) {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.classList.add('copied');
      setTimeout(() => button.classList.remove('copied'), 1500);
    } catch {
      getSelection().selectAllChildren(source);   // no clipboard over plain HTTP: at least it is selected
    }
  }

  // Enhanced navigation keeps the document, and with it an open menu.
  event.target.closest('[popover] a')?.closest('[popover]').hidePopover();
});

document.addEventListener('keydown', event => {
  const typing = event.target.closest('input, textarea, select, [contenteditable]');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const find = document.getElementById('find');
    if (find) { event.preventDefault(); find.focus(); find.select(); }
  }
});

// The 9.0 client marks a refused reconnection by a class only; after a restart, or when the rights are others, the page is simply loaded anew. A lost
// connection may also mean that nobody is signed in here any more: then there is nothing to wait for.
const modal = document.getElementById('components-reconnect-modal');
if (modal) {
  new MutationObserver(async () => {
    if (modal.classList.contains('components-reconnect-rejected')) location.reload();
    else if (modal.classList.contains('components-reconnect-show')) {
      const answer = await fetch('/api/v1/account', { cache: 'no-store' }).catch(() => null);
      if (answer?.status === 401) location.reload();
    }
  }).observe(modal, { attributes: true, attributeFilter: ['class'] });
}

// Passkeys: the server asks, the browser answers, and the answer goes back in an ordinary form.
document.addEventListener('submit', async event => {
  const form = event.target.closest('form[data-passkey]');
  if (!form || form.elements.credential.value) return;
  event.preventDefault();
  const error = form.querySelector('[role=alert]');
  error.hidden = true;
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    error.textContent = error.dataset.none;
    error.hidden = false;
    return;
  }

  try {
    const asked = await (await fetch(form.dataset.options, { method: 'POST', credentials: 'same-origin' })).json();
    const credential = form.dataset.passkey === 'create'
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch (refused) {
    console.info('passkey: ' + refused.name);
    error.textContent = refused.name === 'SecurityError' ? error.dataset.none : error.dataset.refused;
    error.hidden = false;
  }
}, true);
