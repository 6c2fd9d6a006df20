/* Rosetta: where a concept is painted, dragged and turned; all of it stays in the browser until the button is pressed. */
(() => {
  const start = () => ({dx: 0, dy: 0, zoom: 0, strengthen: 1, copy: false, remove: false});
  const S = {tool: 'move', at: null, side: 32, cells: 32, mask: new Uint8Array(1024), heat: null, rgb: null, picture: '', ...start()};
  let view = null, tools = null, soon = 0;
  const all = (root, q, f) => root?.querySelectorAll(q).forEach(f);
  const step = () => S.side / S.cells, painted = () => S.mask.some(Boolean);
  const draw = () => { cancelAnimationFrame(soon); soon = requestAnimationFrame(paint); };
  const fit = (v, low, high) => Math.min(Math.max(v, low), high);
  const canvas = () => view?.querySelector('canvas');

  /* in words ---------------------------------------------------------------------------------------------------------------- */
  const times = z => { const v = 2 ** z; return z === 0 ? 'as large as it is' : `${+v.toFixed(2)} × as large`; };
  const strong = v => v === 1 ? 'as strong as it is' : v === 0 ? 'only its mean is left' : `${+v.toFixed(2)} × as strong`;
  const way = () => [S.dx && `${Math.abs(S.dx)} ${S.dx > 0 ? 'right' : 'left'}`, S.dy && `${Math.abs(S.dy)} ${S.dy > 0 ? 'down' : 'up'}`].filter(Boolean).join(', ');
  const where = () => {
    const n = S.mask.reduce((a, b) => a + b, 0), share = Math.max(1, Math.round(100 * n / S.mask.length));
    return n ? `In the painted place, ${share} % of the picture` : S.heat ? 'Everywhere it is' : 'Everywhere';
  };
  const tell = () => {
    const words = {shift: way() ? `${way()}, in pixels` : 'stays where it is', zoom: times(S.zoom), strengthen: strong(S.strengthen), mask: where()};
    all(tools, 'output[data-of]', o => { if (o.textContent !== words[o.dataset.of]) o.textContent = words[o.dataset.of]; });
    all(tools, '[data-set]', i => { i.value = S[i.dataset.set]; i.setAttribute('aria-valuetext', words[i.dataset.set]); });
    all(tools, '[data-tool]', b => b.setAttribute('aria-pressed', b.dataset.tool === S.tool));
    all(tools, '[data-flip]', b => b.setAttribute('aria-pressed', S[b.dataset.flip]));
    all(tools, '[data-clear]', b => { b.hidden = !painted(); });
    const c = canvas(); if (c) c.style.cursor = S.tool === 'move' ? 'grab' : 'crosshair';
    draw();
  };

  /* what the server is asked for --------------------------------------------------------------------------------------------- */
  const packed = () => {
    if (!painted()) return '';
    const bytes = new Uint8Array(S.mask.length / 8);
    S.mask.forEach((v, i) => { if (v) bytes[i >> 3] |= 128 >> (i & 7); });
    return btoa(String.fromCharCode(...bytes));
  };
  const asked = () => ({mask: packed(), dx: S.dx, dy: S.dy, zoom: 2 ** S.zoom, strengthen: S.strengthen, remove: S.remove, copy: S.copy});

  /* drawn ------------------------------------------------------------------------------------------------------------------- */
  const edges = (n, k, is) => {
    const path = new Path2D(), held = (x, y) => x >= 0 && y >= 0 && x < n && y < n && is(y * n + x);
    for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) {
      if (!held(x, y)) continue;
      if (!held(x, y - 1)) { path.moveTo(x * k, y * k); path.lineTo((x + 1) * k, y * k); }
      if (!held(x, y + 1)) { path.moveTo(x * k, (y + 1) * k); path.lineTo((x + 1) * k, (y + 1) * k); }
      if (!held(x - 1, y)) { path.moveTo(x * k, y * k); path.lineTo(x * k, (y + 1) * k); }
      if (!held(x + 1, y)) { path.moveTo((x + 1) * k, y * k); path.lineTo((x + 1) * k, (y + 1) * k); }
    }
    return path;
  };
  const middle = (n, is) => {
    let x = 0, y = 0, count = 0;
    for (let i = 0; i < n * n; i++) if (is(i)) { x += i % n + .5; y += Math.floor(i / n) + .5; count++; }
    return count ? [x / count / n, y / count / n] : [.5, .5];
  };
  const line = (g, path, wide, tone, dash = []) => {
    g.setLineDash(dash);
    g.lineWidth = wide + 2.4 * (devicePixelRatio || 1); g.strokeStyle = 'rgb(20 18 24 / .7)'; g.stroke(path);
    g.lineWidth = wide; g.strokeStyle = tone; g.stroke(path); g.setLineDash([]);
  };
  const tinted = () => {
    const out = new ImageData(S.side, S.side), o = out.data, s = S.rgb;
    for (let i = 0; i < S.side * S.side; i++) {
      const c = S.heat ? rs.heatColour(S.heat[i]) : [0, 0, 0, 0], j = 4 * i, cover = .78 * c[3], dim = S.heat ? .72 : 1;
      for (let k = 0; k < 3; k++) { const b = s[j + k] * dim; o[j + k] = b + (c[k] - b) * cover; }
      o[j + 3] = 255;
    }
    return out;
  };
  const paint = () => {
    const c = canvas();
    if (!c || !S.rgb || !c.clientWidth) return;
    const r = devicePixelRatio || 1, px = Math.round(c.clientWidth * r), g = c.getContext('2d');
    if (c.width !== px) { c.width = px; c.height = px; }
    const small = document.createElement('canvas'); small.width = small.height = S.side;
    small.getContext('2d').putImageData(tinted(), 0, 0);
    g.imageSmoothingEnabled = S.side > 64; g.drawImage(small, 0, 0, px, px);
    const mine = painted(), n = mine ? S.cells : S.side, is = mine ? i => S.mask[i] : S.heat ? i => S.heat[i] > .5 : () => true;
    const path = edges(n, px / n, is);
    if (mine) { g.save(); hatch(g, px, n, is); g.restore(); line(g, path, 2 * r, '#fff'); }
    if (S.remove) cross(g, px, middle(n, is), r);
    else if (S.dx || S.dy || S.zoom) {
      const [x, y] = middle(n, is), z = 2 ** S.zoom, ghost = new Path2D();
      const [tx, ty] = [x * px * (1 - z) + S.dx / S.side * px, y * px * (1 - z) + S.dy / S.side * px];
      ghost.addPath(path, new DOMMatrix([z, 0, 0, z, tx, ty]));
      line(g, ghost, 2 * r, '#7df9ff', [7 * r, 5 * r]);
    }
    if (S.at && S.tool !== 'move') { const k = px / S.cells, [x, y] = S.at.map(v => (v + .5) * k), ring = new Path2D(); ring.arc(x, y, 8 * r, 0, 7); line(g, ring, 2 * r, '#7df9ff'); }
  };
  const hatch = (g, px, n, is) => {
    const k = px / n, cells = new Path2D(), lines = new Path2D(), r = devicePixelRatio || 1;
    for (let i = 0; i < n * n; i++) if (is(i)) cells.rect(i % n * k, Math.floor(i / n) * k, k, k);
    for (let x = -px; x < px; x += 8 * r) { lines.moveTo(x, px); lines.lineTo(x + px, 0); }
    g.clip(cells); g.lineWidth = 1.4 * r; g.strokeStyle = 'rgb(255 255 255 / .6)'; g.stroke(lines);
  };
  const cross = (g, px, [x, y], r) => {
    const path = new Path2D(), d = 13 * r;
    for (const s of [1, -1]) { path.moveTo(x * px - d, y * px - s * d); path.lineTo(x * px + d, y * px + s * d); }
    line(g, path, 3 * r, '#7df9ff');
  };

  /* hands ------------------------------------------------------------------------------------------------------------------- */
  const brush = (x, y) => {
    const wide = S.cells / 20;
    for (let j = 0; j < S.cells; j++) for (let i = 0; i < S.cells; i++) if (Math.hypot(i - x, j - y) <= wide) S.mask[j * S.cells + i] = +(S.tool === 'paint');
  };
  const cellOf = e => { const b = canvas().getBoundingClientRect(); return [(e.clientX - b.left) / b.width, (e.clientY - b.top) / b.height].map(v => fit(Math.floor(v * S.cells), 0, S.cells - 1)); };
  const shift = (dx, dy) => { S.dx = fit(dx, -S.side, S.side); S.dy = fit(dy, -S.side, S.side); };
  let hand = null;
  const down = e => {
    if (e.target !== canvas() || !S.rgb) return;
    e.target.setPointerCapture(e.pointerId); e.preventDefault(); e.target.focus({preventScroll: true});
    S.at = null; hand = {x: e.clientX, y: e.clientY, dx: S.dx, dy: S.dy};
    if (S.tool !== 'move') { brush(...cellOf(e)); tell(); }
  };
  const move = e => {
    if (!hand) return;
    const k = S.cells / canvas().clientWidth;
    if (S.tool === 'move') shift(hand.dx + step() * Math.round((e.clientX - hand.x) * k), hand.dy + step() * Math.round((e.clientY - hand.y) * k));
    else brush(...cellOf(e));
    tell();
  };
  const key = e => {
    const by = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[e.key];
    if (e.target !== canvas() || !S.rgb) return;
    if (by && S.tool === 'move') shift(S.dx + by[0] * step(), S.dy + by[1] * step());
    else if (by) S.at = (S.at ?? [S.cells / 2, S.cells / 2]).map((v, i) => fit(v + by[i], 0, S.cells - 1));
    else if ((e.key === ' ' || e.key === 'Enter') && S.tool !== 'move') brush(...(S.at ??= [S.cells / 2, S.cells / 2]));
    else return;
    e.preventDefault(); tell();
  };
  const read = () => {
    const d = view.querySelector('.rs-stone-view')?.dataset;
    if (!d) return;
    const raw = d.heat ? atob(d.heat) : '', side = +d.side;
    S.heat = raw ? Float32Array.from(raw, c => c.charCodeAt(0) / 255) : null;
    if (S.picture === d.picture) { if (S.concept !== d.concept) { S.concept = d.concept; Object.assign(S, start()); } return tell(); }
    Object.assign(S, start(), {picture: d.picture, concept: d.concept, side, cells: +d.cells, mask: new Uint8Array(d.cells * d.cells), rgb: null, at: null});
    const image = new Image();
    image.onload = () => {
      const c = document.createElement('canvas'); c.width = c.height = side;
      const g = c.getContext('2d', {willReadFrequently: true}); g.drawImage(image, 0, 0, side, side);
      S.rgb = g.getImageData(0, 0, side, side).data; tell();
    };
    image.src = d.picture;
  };

  rs.stone = {
    view: (element, watch) => {
      view = element;
      for (const [name, act] of Object.entries({pointerdown: down, pointermove: move, pointerup: () => { hand = null; }, pointercancel: () => { hand = null; }, keydown: key})) element.addEventListener(name, act);
      new ResizeObserver(draw).observe(element);
      watch('value', read); read();
    },
    tools: element => {
      tools = element;
      element.addEventListener('input', e => { if (e.target.dataset.set) { S[e.target.dataset.set] = +e.target.value; tell(); } });
      element.addEventListener('click', e => {
        const b = e.target.closest('button'), d = b?.dataset;
        if (!d) return;
        if (d.tool) S.tool = d.tool;
        else if (d.by) { const [x, y] = d.by.split(',').map(Number); shift(S.dx + x * step(), S.dy + y * step()); }
        else if (d.flip) S[d.flip] = !S[d.flip];
        else if ('clear' in d) S.mask.fill(0);
        else if ('again' in d) Object.assign(S, start());
        tell();
      });
      tell();
    },
    go: (element, trigger, fetch, cancel) => element.addEventListener('click', e => {
      const op = e.target.closest('[data-op]')?.dataset.op;
      if (op === 'fetch') trigger(fetch, asked()); else if (op === 'cancel') trigger(cancel, {});
    }),
  };
  /* the wall says at once which concept is held, without being drawn anew */
  document.addEventListener('click', e => {
    const b = e.target.closest('#rs-stone-wall [data-op=hold]');
    if (b) all(document, '#rs-stone-wall [data-op=hold]', other => other.setAttribute('aria-pressed', other === b));
  });
})();
