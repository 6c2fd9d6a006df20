/* Classes: what patches say at a depth, and where an answer comes from, drawn over the picture; walking through the blocks needs no server. */
(() => {
  const S = {depth: Infinity, mode: 'says', at: null, picture: '', image: null, told: {names: [], colours: [], thumbs: {}, identified: []}};
  let view = null, soon = 0;
  const bytes = text => Uint8Array.from(atob(text || ''), c => c.charCodeAt(0));
  const box = () => view?.querySelector('.rs-decides[data-tokens]');
  const deep = () => Math.min(S.depth, S.depths - 1);
  const cells = () => S.rows * S.columns;
  const said = (cell, depth = deep()) => S.tokens[depth * cells() + cell];
  const where = depth => depth === 0 ? 'before the first block' : depth === S.depths - 1 ? `after block ${depth}, the last` : `after block ${depth}`;
  const tone = at => getComputedStyle(view).getPropertyValue(`--class-${at}`).trim() || '#888';
  const share = cell => Math.round(100 * S.sure[deep() * cells() + cell] / 255);

  /* words --------------------------------------------------------------------------------------------------------------------- */
  const captions = {says: () => `What each patch says ${where(deep())}`, from: () => `Bright: where “${S.of}” comes from`, bare: () => 'The picture'};
  const tell = () => {
    const root = box();
    if (!root) return;
    root.querySelectorAll('[data-mode]').forEach(b => b.setAttribute('aria-pressed', b.dataset.mode === S.mode));
    root.querySelector('figcaption').textContent = captions[S.mode]();
    const slide = root.querySelector('input[type=range]');
    slide.value = deep(); slide.setAttribute('aria-valuetext', where(deep()));
    root.querySelector('.rs-depth output').textContent = where(deep());
    const here = root.querySelector('.rs-decides-here'), cell = S.at === null ? -1 : S.at[1] * S.columns + S.at[0];
    here.textContent = S.at === null ? 'Point at a patch to hear it.' : `This patch says “${S.told.names[said(cell)]}”, ${share(cell) || 'under 1'} % sure.`;
    list(root); mark(); draw();
  };
  const list = root => {
    const counts = new Map();
    for (let i = 0; i < cells(); i++) counts.set(said(i), (counts.get(said(i)) || 0) + 1);
    const best = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5), ul = root.querySelector('.rs-patch-words ul');
    root.querySelector('.rs-patch-words h4').textContent = `What the ${cells()} patches say ${where(deep())}`;
    ul.replaceChildren(...best.map(([name, count]) => {
      const li = document.createElement('li'), i = document.createElement('i'), b = document.createElement('b'), em = document.createElement('em'), colour = S.told.colours[name];
      i.className = `rs-swatch rs-class-${colour >= 0 ? colour : 'rest'}`; b.textContent = S.told.names[name]; em.textContent = count;
      li.append(i); if (S.told.thumbs[name]) { const img = document.createElement('img'); img.className = 'rs-px'; img.alt = ''; img.src = S.told.thumbs[name]; li.append(img); }
      li.append(b, em); return li;
    }));
    const before = S.told.identified[deep()], p = root.querySelector('.rs-patch-words p');
    p.hidden = before === undefined;
    if (!p.hidden) p.textContent = `On average a patch puts “${S.of}” before ${Math.round(100 * before)} % of all classes.`;
  };
  const mark = () => document.querySelectorAll('.rs-flow-now').forEach(line => {
    const last = +line.closest('[data-depths]').dataset.depths - 1;
    line.style.setProperty('--at', (Math.min(deep(), last) / Math.max(last, 1)).toFixed(4));
  });

  /* drawn --------------------------------------------------------------------------------------------------------------------- */
  const draw = () => { cancelAnimationFrame(soon); soon = requestAnimationFrame(paint); };
  const heated = () => {
    const c = document.createElement('canvas'); c.width = S.hw; c.height = S.hh;
    const out = new ImageData(S.hw, S.hh);
    S.heat.forEach((v, i) => { const t = rs.heatColour(v / 255); for (let k = 0; k < 3; k++) out.data[4 * i + k] = t[k]; out.data[4 * i + 3] = 235 * t[3]; });
    c.getContext('2d').putImageData(out, 0, 0); return c;
  };
  const paint = () => {
    const c = box()?.querySelector('canvas');
    if (!c || !S.image || !c.clientWidth) return;
    const r = devicePixelRatio || 1, w = Math.round(c.clientWidth * r), h = Math.round(w * S.h / S.w), g = c.getContext('2d');
    if (c.width !== w || c.height !== h) { c.width = w; c.height = h; }
    g.imageSmoothingEnabled = S.w > 64; g.filter = S.mode === 'bare' ? 'none' : 'grayscale(.75) brightness(.72)'; g.drawImage(S.image, 0, 0, w, h); g.filter = 'none';
    if (S.mode === 'from') { g.imageSmoothingEnabled = S.w > 64; g.drawImage(heated(), 0, 0, w, h); }
    if (S.mode === 'says') patches(g, w, h, r);
    if (S.at) { const [cw, ch] = [w / S.columns, h / S.rows]; g.lineWidth = 3 * r; g.strokeStyle = '#7df9ff'; g.strokeRect(S.at[0] * cw + 1.5 * r, S.at[1] * ch + 1.5 * r, cw - 3 * r, ch - 3 * r); }
  };
  const patches = (g, w, h, r) => {
    const [cw, ch] = [w / S.columns, h / S.rows], gap = Math.max(1, Math.round(cw / 24)), tones = [...Array(6).keys()].map(tone);
    for (let i = 0; i < cells(); i++) {
      const name = said(i), colour = S.told.colours[name], x = (i % S.columns) * cw, y = Math.floor(i / S.columns) * ch;
      g.globalAlpha = colour < 0 ? .16 : .34 + .5 * S.sure[deep() * cells() + i] / 255;
      g.fillStyle = colour < 0 ? '#b9b2aa' : tones[colour];
      g.beginPath(); g.roundRect(x + gap, y + gap, cw - 2 * gap, ch - 2 * gap, cw / 6); g.fill(); g.globalAlpha = 1;
      if (S.told.names[name] === S.of) { g.lineWidth = 1.6 * r; g.strokeStyle = '#fff'; g.stroke(); } /* colour is not the only sign of the class that is asked after */
    }
  };

  /* hands --------------------------------------------------------------------------------------------------------------------- */
  const cellAt = e => { const b = e.target.getBoundingClientRect(); return [Math.floor((e.clientX - b.left) / b.width * S.columns), Math.floor((e.clientY - b.top) / b.height * S.rows)].map((v, i) => Math.min(Math.max(v, 0), [S.columns, S.rows][i] - 1)); };
  const onCanvas = e => e.target.matches?.('.rs-decides canvas') && S.image;
  const key = e => {
    const by = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[e.key];
    if (!by || !onCanvas(e)) return;
    const [x, y] = S.at ?? [Math.floor(S.columns / 2), Math.floor(S.rows / 2)];
    S.at = [Math.min(Math.max(x + by[0], 0), S.columns - 1), Math.min(Math.max(y + by[1], 0), S.rows - 1)];
    e.preventDefault(); tell();
  };
  const read = () => {
    const d = box()?.dataset;
    if (!d) return;
    Object.assign(S, {rows: +d.rows, columns: +d.columns, depths: +d.depths, w: +d.w, h: +d.h, hw: +d.hw, hh: +d.hh, of: d.of, told: JSON.parse(d.told)});
    const raw = bytes(d.tokens);
    S.tokens = new Uint16Array(raw.buffer); S.sure = bytes(d.sure); S.heat = [...bytes(d.heat)];
    if (S.picture === d.picture) return tell();
    S.picture = d.picture; S.at = null; S.image = null;
    const image = new Image();
    image.onload = () => { S.image = image; tell(); };
    image.src = d.picture; tell();
  };

  rs.classes = {
    view: (element, watch) => {
      view = element;
      element.addEventListener('pointermove', e => { if (onCanvas(e)) { S.at = cellAt(e); tell(); } });
      element.addEventListener('pointerdown', e => { if (onCanvas(e)) { S.at = cellAt(e); tell(); } });
      element.addEventListener('keydown', key);
      element.addEventListener('input', e => { if (e.target.matches('.rs-depth input')) { S.depth = +e.target.value; tell(); } });
      element.addEventListener('click', e => { const b = e.target.closest('[data-mode]'); if (b) { S.mode = b.dataset.mode; tell(); } });
      new ResizeObserver(draw).observe(element);
      watch('value', read); read();
    },
    mark,
    grow: (element, trigger) => element.addEventListener('click', e => {
      const b = e.target.closest('[data-op]');
      if (b && !b.disabled) trigger(b.dataset.op, b.dataset.id === undefined ? {} : {id: b.dataset.id});
    }),
  };
})();
