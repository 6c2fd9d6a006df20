/* The dials below a face. While one is dragged a small picture follows the hand, and lies on the old one until the real one is there.
   The newest always wins: one question is under way at a time, and the next one says where all dials are by then. */
(() => {
  const REST = 120, HOLD = 350; /* ms: from a release, or a key, to the real picture; from where a held hand stops to a sharp one */
  const root = document.documentElement, every = q => document.querySelectorAll(q);
  let ask = () => {};
  let moved = {}, resting = {}; /* what the server has not drawn yet; timers, by the dial */
  let held = false, awaited = 0, number = 0, over = 0, picture = '', frame = 0, hold = 0, lifting = 0;

  const word = (s, v) => {
    const end = v > 0 ? s.dataset.high : s.dataset.low, far = Math.abs(v);
    return far < .05 ? 'as it is' : far > 1.2 ? 'much ' + end : far > .5 ? end : 'a bit ' + end;
  };
  const told = s => { const w = word(s, +s.value); s.setAttribute('aria-valuetext', w); s.closest('label').querySelector('output').textContent = w; };
  const put = (s, v) => { if (+s.value !== +v) { s.value = v; told(s); } };

  /* the small picture */
  const lay = glass => {
    let image = glass.querySelector('.rs-sketch');
    if (!image) { image = new Image(); image.className = 'rs-sketch'; image.alt = ''; image.decoding = 'sync'; image.draggable = false; glass.append(image); }
    if (image.src !== picture) image.src = picture;
  };
  const show = () => {
    if (!picture) return;
    root.toggleAttribute('data-sketch', true);
    every('#rs-view :is(.rs-after .rs-glass, .rs-over)').forEach(lay);
  };
  const lift = async () => { /* once the real one can be drawn, so that nothing older is seen between them */
    const mine = ++lifting;
    await new Promise(requestAnimationFrame);
    try { await document.querySelector('#rs-view .rs-after img:not(.rs-sketch)')?.decode(); } catch {}
    if (mine !== lifting) return; /* a hand was quicker */
    picture = ''; every('.rs-sketch').forEach(image => image.remove()); root.toggleAttribute('data-sketch', false);
  };
  const done = () => { moved = {}; awaited = 0; over = number; lift(); };
  const quiet = () => { if (!held && !awaited && !Object.keys(resting).length) done(); };
  const drop = () => { /* nothing came of it: the dials go back to where the server has them */
    if (!Object.keys(moved).length) return;
    for (const id in resting) clearTimeout(resting[id]);
    cancelAnimationFrame(frame); resting = {}; every('.rs-dial').forEach(s => put(s, s.getAttribute('value'))); done();
  };
  const send = sharp => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => ask({number: ++number, values: moved, sharp}));
  };

  rs.drags = (props, trigger, name) => { ask = question => { props.value = JSON.stringify(question); trigger(name); }; };
  rs.sketched = text => {
    const answer = text && JSON.parse(text);
    if (answer && answer.number > over) { lifting++; picture = answer.picture; show(); }
  };
  /* after a piece was drawn anew: a picture that is under a small one does not come in with a wave; a refusal ends the drag */
  rs.covered = element => {
    if (element.querySelector('.rs-notice')) drop();
    if (!element.querySelector('.rs-view') || !root.hasAttribute('data-sketch')) return false;
    element.__src = element.querySelector('.rs-after img:not(.rs-sketch)')?.src;
    show();
    return true;
  };
  rs.dials = (element, trigger, watch, name) => {
    const turn = s => { awaited++; trigger(name, {id: s.dataset.id, strength: +s.value}); };
    element.addEventListener('pointerdown', e => { held = held || e.target.matches('.rs-dial'); });
    element.addEventListener('input', e => {
      const s = e.target;
      if (!s.matches('.rs-dial')) return;
      told(s); moved[s.dataset.id] = +s.value; send(false);
      clearTimeout(hold); hold = setTimeout(() => { if (held) send(true); }, HOLD);
    });
    element.addEventListener('change', e => {
      const s = e.target, id = s.dataset.id;
      if (!s.matches('.rs-dial')) return;
      clearTimeout(resting[id]); resting[id] = setTimeout(() => { delete resting[id]; turn(s); }, REST);
    });
    watch('value', () => {
      awaited = Math.max(awaited - 1, 0);
      for (const s of element.querySelectorAll('.rs-dial')) if (s.dataset.id in moved) put(s, moved[s.dataset.id]); /* the hand is ahead */
      quiet();
    });
  };
  for (const kind of ['pointerup', 'pointercancel']) addEventListener(kind, () => {
    if (held) { held = false; clearTimeout(hold); setTimeout(quiet, 2 * REST); }
  }, true);
  document.addEventListener('click', e => { if (e.target.closest('[data-leave]')) drop(); }, true);
})();
