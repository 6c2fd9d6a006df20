/* Rosetta Studio: buttons inside gr.HTML, ways to compare, the stage, and what a visitor takes away. No network. */
const rs = window.rs = {};
(() => {
  const root = document.documentElement;
  const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
  const all = (q, f) => document.querySelectorAll(q).forEach(f);
  const word = v => RS.words.find(([bound]) => v <= bound)[1];

  rs.wire = (element, trigger, watch) => {
    element.addEventListener('click', e => {
      const b = e.target.closest('[data-op]');
      if (!b || b.disabled || !element.contains(b)) return;
      const d = b.dataset, out = {op: d.op};
      if (d.at !== undefined) out.at = +d.at;
      if (d.strength !== undefined) out.strength = +d.strength;
      for (const k of ['id', 'text']) if (d[k] !== undefined) out[k] = d[k];
      if (d.op === 'say' && element.closest('#rs-ideas')) said(d.text); /* Shift has chips of its own, for a box of its own */
      trigger('act', out);
    });
    let wait;
    element.addEventListener('input', e => {
      const s = e.target;
      if (!s.matches('.rs-turn')) return;
      const w = word(+s.value), name = s.closest('.rs-row').querySelector('output');
      s.setAttribute('aria-valuetext', w); if (name && !s.closest('.rs-muted, .rs-replaced')) name.textContent = w;
      s.setAttribute('value', s.value); /* the next update compares with this */
      element.querySelector('[data-op=undo]').disabled = false; element.querySelector('[data-op=redo]').disabled = true;
      const out = {at: +s.dataset.at, strength: +s.value}; /* of the list that the hand saw, whatever has come meanwhile */
      if (s.dataset.id !== undefined) out.id = s.dataset.id;
      clearTimeout(wait); wait = setTimeout(() => trigger('turn', out), 70);
    });
    watch('value', () => { sync(); if (!rs.covered(element)) wave(element); });
    sync();
  };
  const said = text => { const t = document.querySelector('#rs-say textarea, #rs-say input'); if (t) t.placeholder = text; };
  const wave = element => {
    const frame = element.querySelector('.rs-after .rs-glass'), src = frame?.querySelector('img')?.src;
    if (!frame || element.__src === src) return;
    element.__src = src;
    if (!calm()) frame.animate([{opacity: .35, transform: 'scale(.985)'}, {opacity: 1, transform: 'none'}], {duration: 260, easing: 'ease-out'});
  };

  /* the state of the page that no server needs to know lives on <html> and survives every update */
  const sync = () => {
    const view = root.dataset.view || 'side';
    all('[data-do^="view:"]', b => b.setAttribute('aria-pressed', b.dataset.do === 'view:' + view));
    all('[data-do^="panel:"]', b => b.setAttribute('aria-expanded', b.dataset.do === 'panel:' + root.dataset.panel));
    all('[data-do="stage"][aria-pressed]', b => b.setAttribute('aria-pressed', root.classList.contains('rs-on-stage')));
    all('.rs-frames', f => f.style.setProperty('--at', (f.querySelector('.rs-wiper')?.value ?? 50) + '%'));
  };
  const steps = () => [...document.querySelectorAll('.rs-step')], shown = () => Math.max(steps().findIndex(s => !s.hidden), 0);
  const stepTo = at => {
    const all_ = steps(), to = Math.min(Math.max(at, 0), all_.length - 1);
    all_.forEach((s, i) => { s.hidden = i !== to; });
    all('[data-do="step:-1"]', b => b.setAttribute('aria-disabled', to === 0));
    all('[data-do="step:1"]', b => b.setAttribute('aria-disabled', to === all_.length - 1));
    rs.told(); rs.paints?.(all_, to);
  };
  /* the stage's place, as the address has it: the number of a step, "live", or null where the stage is left */
  rs.staged = () => root.classList.contains('rs-is-live') ? 'live' : String(shown() + 1);
  rs.stageAt = at => {
    if (at === null && !root.classList.contains('rs-on-stage')) return;
    root.classList.toggle('rs-on-stage', at !== null); root.classList.toggle('rs-is-live', at === 'live');
    if (at !== null && at !== 'live') { stepTo(Math.trunc(+at || 1) - 1); document.querySelector('.rs-next')?.focus({preventScroll: true}); }
    scrollTo(0, 0); sync(); rs.told();
  };
  /* a hand that has moved the stage already is not put back where the link began */
  const byHand = move => (...said) => { rs.walked = true; move(...said); };
  const save = (name, kind, bytes) => {
    const a = document.createElement('a');
    a.href = URL.createObjectURL(new Blob([bytes], {type: kind})); a.download = name;
    document.body.append(a); a.click(); a.remove(); setTimeout(() => URL.revokeObjectURL(a.href), 5000);
  };
  rs.download = value => {
    if (!value) return;
    const {name, kind, data} = JSON.parse(value);
    save(name, kind, Uint8Array.from(atob(data), c => c.charCodeAt(0)));
  };
  const tell = text => {
    const told = document.querySelector('.rs-elsewhere');
    if (!told) return;
    told.textContent = text;
    clearTimeout(tell.over); tell.over = setTimeout(() => { told.textContent = ''; }, 6000);
  };
  const copy = async text => {
    const own = /[?&](portrait=|picture=own-)/.test(text);
    const told = own ? 'Link copied, for this browser: your own picture stays here. To hand it on, save it.' : 'Link copied: it opens what you see now.';
    try { await navigator.clipboard.writeText(text); tell(told); }
    catch { window.prompt('Copy this link:', text); }
  };
  const ideas = () => all('#rs-ideas ul', list => { const n = shownIdeas(list); for (let i = 0; i < n; i++) list.append(list.firstElementChild); });
  const shownIdeas = list => Math.max(1, [...list.children].filter(c => c.offsetTop < list.clientHeight).length);
  const does = {
    view: v => { root.dataset.view = v; },
    panel: p => { root.dataset.panel = root.dataset.panel === p ? '' : p; },
    stage: byHand(() => rs.stageAt(root.classList.contains('rs-on-stage') && !root.classList.contains('rs-is-live') ? null : String(shown() + 1))),
    leave: byHand(() => rs.stageAt(null)),
    live: byHand(() => { const to = steps()[shown()]?.dataset.live; rs.stageAt('live'); if (to) rs.go(to); }),
    theme: () => { const kind = document.body.classList.contains('dark') ? 'light' : 'dark'; kept('rs-theme', kind); paint(kind); },
    step: byHand(by => { stepTo(shown() + +by); document.querySelector('.rs-next')?.focus({preventScroll: true}); }), ideas,
    recipe: (_, b) => save('recipe.json', 'application/json', b.closest('.rs-keep').dataset.recipe),
    link: () => copy(rs.link()),
  };
  document.addEventListener('click', e => {
    const b = e.target.closest('[data-do]');
    if (!b) return;
    const [verb, arg] = b.dataset.do.split(':');
    does[verb]?.(arg, b); sync();
  });
  document.addEventListener('input', e => { if (e.target.matches('.rs-wiper')) sync(); });
  /* a file that is dragged in opens the box of the tab that is open, or is told where there is one; wherever it falls, the browser
     never leaves the page */
  const seen = q => document.querySelector(q)?.offsetParent;
  const box = () => seen('#rs-look') ? 'look' : seen('#rs-table') ? 'own' : seen('#rs-invert') ? 'invert' : '';
  const elsewhere = () => { if (!box()) tell('Drop it on the tab Edit, Invert or Segment.'); };
  const filed = (name, act) => document.addEventListener(name, e => { if (e.dataTransfer?.types?.includes('Files')) act(e); });
  filed('dragenter', () => { root.dataset.panel = box() || root.dataset.panel || ''; elsewhere(); sync(); });
  filed('dragover', e => { e.preventDefault(); if (!e.target.closest?.('#rs-own, #rs-look-own, #rs-invert-file')) e.dataTransfer.dropEffect = 'none'; });
  filed('drop', e => { e.preventDefault(); elsewhere(); });
  /* one press, one event: several may be under way at once, so that nothing is asked twice by a double click or a key that is held */
  document.addEventListener('click', e => { if (e.detail > 1 && e.target.closest('.submit-button')) e.stopPropagation(); }, true);
  document.addEventListener('keydown', e => { if (e.repeat && e.key === 'Enter' && e.target.matches('input')) e.preventDefault(); }, true);
  const back = {z: 'undo', Z: 'redo', y: 'redo'};
  document.addEventListener('keydown', e => {
    const typing = e.target.matches('input:not([type=range]), textarea, select');
    const key = e.key?.toLowerCase(), op = back[key === 'z' && e.shiftKey ? 'Z' : key]; /* with Shift, or Caps Lock, z comes as Z */
    if ((e.ctrlKey || e.metaKey) && op && !typing) {
      const b = document.querySelector(`#rs-stack [data-op="${op}"]`);
      if (b?.offsetParent && !b.disabled) { e.preventDefault(); b.click(); }
    }
    if (root.classList.contains('rs-on-stage') && !root.classList.contains('rs-is-live') && !typing) {
      const pressed = e.target.closest?.('button, a'), next = ['ArrowRight', 'PageDown', ...(pressed ? [] : ['Enter', ' '])];
      const by = next.includes(e.key) ? 1 : e.key === 'ArrowLeft' || e.key === 'PageUp' ? -1 : 0;
      if (by) { does.step(by); e.preventDefault(); }
      if (e.key === 'Escape') does.leave();
    }
  });
  if (new URLSearchParams(location.search).has('stage')) root.classList.add('rs-on-stage'); /* before anything is drawn */

  /* the chosen light outlives the page; Gradio sets its own when it starts */
  const kept = (name, value) => { try { return value === undefined ? localStorage.getItem(name) : localStorage.setItem(name, value); } catch { return null; } };
  const paint = kind => {
    if (kind && document.body.classList.contains('dark') !== (kind === 'dark')) { document.body.classList.toggle('dark'); dispatchEvent(new Event('rs-theme')); }
  };
  const light = () => { new MutationObserver(() => paint(kept('rs-theme'))).observe(document.body, {attributeFilter: ['class']}); paint(kept('rs-theme')); };
  if (document.body) light(); else document.addEventListener('DOMContentLoaded', light);
})();
