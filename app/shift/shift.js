/* The tab Shift: sprites drawn from packed ink, two sets of sliders, and the row of the matrix that lights up. The server only answers. */
(() => {
  const SLOTS = RS.factors, SIDE = 64, INK = [246, 243, 236], NIGHT = [13, 12, 15], LACK = '#6ea8ff', EXCESS = '#ff9d5c';
  const roots = new Set(), every = q => [...roots].flatMap(r => [...r.querySelectorAll(q)]), root = q => every(q)[0];
  let state = null, inks = {}, rows = [], leaks = [], place = '', names = null, soon = 0, frame = 0, ask = () => {};

  const unpack = text => {
    const raw = atob(text), out = new Float32Array(SIDE * SIDE);
    for (let i = 0; i < raw.length; i++) { const b = raw.charCodeAt(i); out[2 * i] = (b >> 4) / 15; out[2 * i + 1] = (b & 15) / 15; }
    return out;
  };

  /* pictures */
  const fit = canvas => {
    const px = Math.round((canvas?.clientWidth || 0) * (devicePixelRatio || 1));
    if (px && canvas.width !== px) { canvas.width = px; canvas.height = px; }
    return px && canvas.getContext('2d');
  };
  const blow = (g, colour) => {
    const small = document.createElement('canvas'), data = new ImageData(SIDE, SIDE);
    small.width = small.height = SIDE;
    for (let i = 0; i < SIDE * SIDE; i++) { const c = colour(i); for (let k = 0; k < 3; k++) data.data[4 * i + k] = c[k]; data.data[4 * i + 3] = 255; }
    small.getContext('2d').putImageData(data, 0, 0);
    g.imageSmoothingEnabled = false; g.drawImage(small, 0, 0, g.canvas.width, g.canvas.width);
  };
  const mixed = v => INK.map((c, k) => NIGHT[k] + v * (c - NIGHT[k]));
  const plain = (kind, ink) => { for (const c of ink ? every(`.rs-${kind} canvas`) : []) { const g = fit(c); if (g) blow(g, i => mixed(ink[i])); } };
  const patch = (g, cells, colour, dots) => { /* colour and pattern: stripes for missing ink, dots for too much */
    const k = g.canvas.width / SIDE, r = devicePixelRatio || 1, held = new Path2D(), marks = new Path2D(), size = g.canvas.width, by = 5 * r;
    for (const i of cells) held.rect(i % SIDE * k, Math.floor(i / SIDE) * k, k, k);
    g.save(); g.fillStyle = colour; g.fill(held); g.clip(held);
    if (dots) for (let y = 0; y < size; y += by) for (let x = y / by % 2 * by / 2; x < size; x += by) { marks.moveTo(x + 1.2 * r, y); marks.arc(x, y, 1.2 * r, 0, 7); }
    else for (let x = -size; x < size; x += by) { marks.moveTo(x, size); marks.lineTo(x + size, 0); }
    g.lineWidth = 1.5 * r; g.strokeStyle = g.fillStyle = 'rgb(13 12 15 / .8)';
    if (dots) g.fill(marks); else g.stroke(marks);
    g.restore();
  };
  const apart = () => {
    const canvas = root('.rs-apart canvas'), {made, target} = inks;
    if (!canvas || !made) return;
    const lack = [], over = [];
    for (let i = 0; i < SIDE * SIDE; i++) { const m = made[i] > .5, t = target[i] > .5; if (t && !m) lack.push(i); else if (m && !t) over.push(i); }
    root('.rs-lack output').textContent = lack.length; root('.rs-over-ink output').textContent = over.length;
    canvas.setAttribute('aria-label', `Where the two differ: ${lack.length} pixels are missing, ${over.length} are too much`);
    const g = fit(canvas);
    if (!g) return;
    blow(g, i => mixed(made[i] > .5 && target[i] > .5 ? .42 : 0));
    patch(g, lack, LACK, false); patch(g, over, EXCESS, true);
  };
  const draw = () => { cancelAnimationFrame(soon); soon = requestAnimationFrame(() => { for (const k of ['first', 'made', 'target']) plain(k, inks[k]); apart(); }); };

  /* sliders and words */
  const valueOf = (kind, i) => kind === 'start' ? state.start[i] : state.wanted[i] ?? state.start[i];
  const sliders = () => {
    const board = root('.rs-board');
    if (!board || !state) return;
    names ??= JSON.parse(board.dataset.names);
    for (const s of every('.rs-slide')) {
      const i = SLOTS.indexOf(s.dataset.slot), kind = s.dataset.kind, v = valueOf(kind, i), word = names[i][v], row = s.closest('li');
      if (+s.value !== v) s.value = v;
      s.setAttribute('aria-valuetext', word); row.querySelector('output').textContent = word;
      s.parentElement.style.setProperty('--from', state.start[i] / Math.max(names[i].length - 1, 1));
      s.parentElement.style.setProperty('--to', v / Math.max(names[i].length - 1, 1));
      row.classList.toggle('rs-asked', kind === 'wanted' && state.wanted[i] !== null);
    }
    const way = root('.rs-way'), says = JSON.parse(board.dataset.says);
    if (way && way.value !== state.method) way.value = state.method;
    root('.rs-says').textContent = says[state.method] ?? '';
    root('.rs-home').disabled = state.wanted.every(w => w === null);
  };
  const table = () => { for (const m of every('.rs-leaks')) m.hidden = m.dataset.way !== state.method; };
  const light = () => {
    const on = (el, name, is) => { if (el.classList.contains(name) !== is) el.classList.toggle(name, is); };
    for (const tr of document.querySelectorAll('.rs-matrix tbody tr')) {
      const lit = rows.includes(tr.dataset.slot);
      on(tr, 'rs-lit', lit);
      for (const td of tr.querySelectorAll('td')) on(td, 'rs-leak', lit && leaks.includes(td.dataset.slot));
    }
    for (const cell of document.querySelectorAll('.rs-ways [data-slot]')) on(cell, 'rs-lit', rows.includes(cell.dataset.slot));
  };

  const show = () => { if (state) { sliders(); table(); } light(); draw(); for (const board of every('.rs-board')) board.dataset.address = place; };
  rs.fed = text => {
    if (!text) return;
    const told = JSON.parse(text);
    if (!state || told.jump) state = {start: told.start, wanted: told.wanted, method: told.method}; /* else the hand is ahead of it */
    rows = told.rows; leaks = told.leaks; place = told.place;
    for (const k of ['first', 'made', 'target']) inks[k] = unpack(told[k]);
    const box = root('.rs-told-box');
    if (box && box.innerHTML !== told.told) box.innerHTML = told.told; /* escaped by the server, like every piece */
    show();
  };
  /* whatever is turned or pressed is set here first and goes with the next message: none can overtake another, and none is lost */
  const send = more => {
    const turn = {start: [...state.start], wanted: [...state.wanted], method: state.method, ...more};
    cancelAnimationFrame(frame); frame = requestAnimationFrame(() => ask(turn));
  };
  const press = (kind, id) => {
    if (!state) return;
    if (kind === 'method') state.method = id;
    else {
      if (kind === 'another') state.start = names.map(n => Math.floor(Math.random() * n.length));
      state.wanted = state.start.map(() => null); rows = []; leaks = []; light();
    }
    sliders(); table(); send({kind});
  };
  const pressed = element => element.addEventListener('click', e => {
    const b = e.target.closest('[data-op]');
    if (b && !b.disabled) press(b.dataset.op, b.dataset.id);
  });
  rs.asker = (props, trigger) => { ask = turn => { props.value = JSON.stringify(turn); trigger('turn'); }; };
  /* small pictures of the faces' handles, which come one by one */
  rs.smalls = text => {
    for (const [id, uri] of Object.entries(JSON.parse(text || '{}'))) document.querySelectorAll('.rs-turners .rs-use').forEach(b => {
      if (b.dataset.id === id) b.querySelector('.rs-wait')?.replaceWith(Object.assign(new Image(), {className: 'rs-px', alt: '', src: uri}));
    });
  };
  rs.table = (element, watch) => { pressed(element); watch('value', light); light(); };
  rs.board = (element, watch) => {
    roots.add(element); pressed(element);
    element.addEventListener('input', e => {
      const s = e.target, i = SLOTS.indexOf(s.dataset.slot), v = +s.value;
      if (!s.matches('.rs-slide') || !state) return;
      if (s.dataset.kind === 'start') state.start[i] = v; else state.wanted[i] = v;
      if (state.wanted[i] === state.start[i]) state.wanted[i] = null;
      if (s.dataset.kind === 'wanted') { rows = [SLOTS[i]]; leaks = []; light(); }
      sliders();
      send({kind: s.dataset.kind, slot: SLOTS[i]});
    });
    element.addEventListener('change', e => { if (e.target.matches('.rs-way')) press('method', e.target.value); });
    new ResizeObserver(draw).observe(element);
    watch('value', () => { names = null; show(); });
    show();
  };
})();
