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
      s.setAttribute('aria-valuetext', w); if (name && !s.closest('.rs-muted')) name.textContent = w;
      s.setAttribute('value', s.value); /* the next update compares with this */
      element.querySelector('[data-op=undo]').disabled = false; element.querySelector('[data-op=redo]').disabled = true;
      const out = {at: +s.dataset.at, strength: +s.value}; /* of the list that the hand saw, whatever has come meanwhile */
      if (s.dataset.id !== undefined) out.id = s.dataset.id;
      clearTimeout(wait); wait = setTimeout(() => trigger('turn', out), 70);
    });
    watch('value', () => { sync(); wave(element); });
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
  const step = by => {
    const steps = [...document.querySelectorAll('.rs-step')], at = steps.findIndex(s => !s.hidden);
    const to = Math.min(Math.max(at + by, 0), steps.length - 1);
    steps.forEach((s, i) => { s.hidden = i !== to; });
    all('[data-do="step:-1"]', b => { b.disabled = to === 0; });
    all('[data-do="step:1"]', b => { b.disabled = to === steps.length - 1; });
  };
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
  const copy = async (bar, text) => {
    try { await navigator.clipboard.writeText(text); bar.querySelector('.rs-copied').textContent = 'Link copied.'; }
    catch { window.prompt('Copy this link:', text); }
    setTimeout(() => { const c = bar.querySelector('.rs-copied'); if (c) c.textContent = ''; }, 4000);
  };
  const ideas = () => all('#rs-ideas ul', list => { const n = shownIdeas(list); for (let i = 0; i < n; i++) list.append(list.firstElementChild); });
  const shownIdeas = list => Math.max(1, [...list.children].filter(c => c.offsetTop < list.clientHeight).length);
  const does = {
    view: v => { root.dataset.view = v; },
    panel: p => { root.dataset.panel = root.dataset.panel === p ? '' : p; },
    stage: () => { root.classList.toggle('rs-on-stage'); root.classList.remove('rs-is-live'); scrollTo(0, 0); },
    live: () => { root.classList.add('rs-is-live'); scrollTo(0, 0); document.querySelector('#rs-say :is(textarea,input)')?.focus({preventScroll: true}); },
    theme: () => { document.body.classList.toggle('dark'); dispatchEvent(new Event('rs-theme')); },
    step: by => step(+by), ideas,
    recipe: (_, b) => save('recipe.json', 'application/json', b.closest('.rs-keep').dataset.recipe),
    link: (_, b) => { const bar = b.closest('.rs-keep'); copy(bar, location.origin + location.pathname + '?recipe=' + bar.dataset.link); },
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
  const box = () => seen('#rs-look') ? 'look' : seen('#rs-table') ? 'own' : '';
  const elsewhere = () => {
    const told = document.querySelector('.rs-elsewhere');
    if (!told || box()) return;
    told.textContent = 'Drop it on the tab Edit or Segment.';
    clearTimeout(elsewhere.over); elsewhere.over = setTimeout(() => { told.textContent = ''; }, 6000);
  };
  const filed = (name, act) => document.addEventListener(name, e => { if (e.dataTransfer?.types?.includes('Files')) act(e); });
  filed('dragenter', () => { root.dataset.panel = box() || root.dataset.panel || ''; elsewhere(); sync(); });
  filed('dragover', e => { e.preventDefault(); if (!e.target.closest?.('#rs-own, #rs-look-own')) e.dataTransfer.dropEffect = 'none'; });
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
      if (e.key === 'ArrowRight' || e.key === 'PageDown') { step(1); e.preventDefault(); }
      if (e.key === 'ArrowLeft' || e.key === 'PageUp') { step(-1); e.preventDefault(); }
      if (e.key === 'Escape') { does.stage(); sync(); }
    }
  });
  if (new URLSearchParams(location.search).get('stage') === '1') root.classList.add('rs-on-stage');

  /* the placeholder and the ideas stay alive, unless someone is there or asked for calm */
  setInterval(() => {
    if (calm() || document.hidden) return;
    const box = document.querySelector('#rs-say :is(textarea,input)'), chips = [...document.querySelectorAll('#rs-ideas .rs-chip')];
    if (box && chips.length && document.activeElement !== box) box.placeholder = chips[Math.floor(Math.random() * chips.length)].dataset.text;
    const zone = document.querySelector('#rs-ideas .rs-ideas');
    if (zone && !zone.matches(':hover') && !zone.contains(document.activeElement)) {
      const list = zone.querySelector('ul'); if (list.firstElementChild) list.append(list.firstElementChild);
    }
  }, 7000);
})();
