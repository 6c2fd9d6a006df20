/* The map of features: canvas marks, one shape per slot, zoom, hover, keyboard, recoloured by what is active. */
(() => {
  const marks = {};
  for (const [slot, path] of Object.entries(RS.shapes)) marks[slot] = new Path2D(path);
  let map = null, later = [];
  rs.mark = value => { if (value) { const v = JSON.parse(value); map ? map.mark(v) : later.push(v); } };
  rs.ringed = () => map.points.filter(p => map.heat[p[0]] > 0).map(p => p[0]);
  rs.hits = () => [...map.found];
  rs.where = id => map.place(map.points.find(p => p[0] === id));
  rs.map = (element, trigger, watch, value) => {
    map = new Atlas(element, trigger);
    const fill = () => { if (value()) map.fill(JSON.parse(value())); };
    watch('value', fill); fill(); later.splice(0).forEach(v => map.mark(v));
  };

  class Atlas {
    constructor(element, trigger) {
      Object.assign(this, {element, trigger, points: [], heat: {}, found: new Set(), chosen: '', hover: -1, k: 1, x: 0, y: 0, cols: {}});
      this.canvas = element.querySelector('canvas'); this.tip = element.querySelector('.rs-tip'); this.sheet = null; this.small = {}; this.slots = [];
      this.probe = Object.assign(document.createElement('i'), {hidden: true}); element.append(this.probe); /* tells a slot's colour, which the style has */
      const c = this.canvas;
      c.addEventListener('pointermove', e => this.move(e));
      c.addEventListener('pointerleave', () => this.point(-1));
      c.addEventListener('pointerdown', e => { this.drag = {x: e.offsetX, y: e.offsetY, far: 0}; try { c.setPointerCapture(e.pointerId); } catch {} });
      c.addEventListener('pointerup', e => { const d = this.drag; this.drag = null; if (d && d.far < 5) this.pick(this.nearest(e.offsetX, e.offsetY, 24)); });
      c.addEventListener('wheel', e => { if (!e.ctrlKey && !e.altKey && this.k === 1 && e.deltaY > 0) return; e.preventDefault(); this.zoom(Math.exp(-e.deltaY / 400), e.offsetX, e.offsetY); }, {passive: false});
      c.addEventListener('keydown', e => this.key(e));
      element.addEventListener('click', e => { const z = e.target.closest('[data-zoom]'); if (z) +z.dataset.zoom ? this.zoom(+z.dataset.zoom, c.clientWidth / 2, c.clientHeight / 2) : this.reset(); });
      new ResizeObserver(() => this.draw()).observe(c);
      addEventListener('rs-theme', () => setTimeout(() => this.draw()));
      new MutationObserver(() => this.draw()).observe(document.body, {attributes: true, attributeFilter: ['class']});
    }
    fill({points, sprite}) {
      this.points = points; this.sprite = sprite; this.canvas.__points = points.length; this.slots = [...new Set(points.map(p => p[2]))]; this.draw();
      if (sprite && !this.sheet) this.sheet = sprite;
    }
    mark(v) {
      if (v.heat) this.heat = v.heat;
      if (v.found) this.found = new Set(v.found);
      for (const [id, uri] of Object.entries(v.small ?? {})) this.painted(id, uri);
      if (v.chosen !== undefined) { this.chosen = v.chosen; document.querySelectorAll('.rs-item').forEach(b => b.dataset.id === v.chosen ? b.setAttribute('aria-current', 'true') : b.removeAttribute('aria-current')); }
      this.draw();
    }
    /* a small picture that the model has painted: on the map, and in the list where it had its place already */
    painted(id, uri) {
      if (this.small[id]) return;
      const image = this.small[id] = new Image();
      image.onload = () => this.draw(); image.src = uri;
      document.querySelectorAll('.rs-item').forEach(b => { if (b.dataset.id === id) b.querySelector('.rs-wait')?.replaceWith(Object.assign(image.cloneNode(), {className: 'rs-px', alt: ''})); });
    }
    /* how large small pictures are, so that none covers another */
    room() {
      if (!this.points.some(p => this.small[p[0]])) return 0;
      const at = this.points.map(p => this.place(p));
      let near = 90;
      at.forEach(([x, y], i) => at.slice(0, i).forEach(([a, b]) => { near = Math.min(near, Math.max(Math.abs(a - x), Math.abs(b - y))); }));
      return Math.max(.86 * near, 16);
    }
    place(p) {
      const w = this.canvas.clientWidth, h = this.canvas.clientHeight, m = 26;
      return [this.x + this.k * (m + p[3] * (w - 2 * m)), this.y + this.k * (m + p[4] * (h - 2 * m))];
    }
    nearest(x, y, reach) {
      let best = -1, at = reach * reach;
      this.points.forEach((p, i) => { const [a, b] = this.place(p), d = (a - x) ** 2 + (b - y) ** 2; if (d < at) { at = d; best = i; } });
      return best;
    }
    move(e) {
      if (this.drag) {
        const dx = e.offsetX - this.drag.x, dy = e.offsetY - this.drag.y;
        this.drag.far += Math.abs(dx) + Math.abs(dy); this.drag.x = e.offsetX; this.drag.y = e.offsetY;
        if (this.drag.far >= 5) { this.x += dx; this.y += dy; this.clamp(); this.draw(); }
      } else this.point(this.nearest(e.offsetX, e.offsetY, 22));
    }
    point(i) {
      if (i === this.hover) return;
      this.hover = i; this.canvas.style.cursor = i < 0 ? 'grab' : 'pointer';
      if (i >= 0) this.say(this.points[i]); else this.tip.textContent = ''; /* never hidden: a screen reader must know it before it speaks */
      this.draw();
    }
    say(p) {
      const [x, y] = this.place(p), t = this.tip;
      t.textContent = '';
      if (this.sheet && p[5] >= 0) {
        const s = document.createElement('span');
        s.className = 'rs-thumb'; s.style.backgroundImage = `url(${this.sheet})`;
        s.style.backgroundPosition = `${-64 * (p[5] % 64)}px ${-64 * Math.floor(p[5] / 64)}px`; t.append(s);
      } else if (this.small[p[0]]) t.append(Object.assign(this.small[p[0]].cloneNode(), {className: 'rs-thumb', alt: ''}));
      const words = document.createElement('span'); words.textContent = p[1] || 'no name yet'; t.append(words);
      const w = t.offsetWidth;
      t.style.left = Math.min(Math.max(x - w / 2, 4), this.canvas.clientWidth - w - 4) + 'px';
      t.style.top = (y < 120 ? y + 16 : y - t.offsetHeight - 14) + 'px';
    }
    pick(i) { if (i >= 0) { this.chosen = this.points[i][0]; this.point(i); this.draw(); this.trigger('act', {op: 'pick', id: this.points[i][0]}); } }
    key(e) {
      const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[e.key];
      if (way && this.points.length) {
        e.preventDefault();
        const from = this.hover < 0 ? [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2] : this.place(this.points[this.hover]);
        let best = -1, at = 1e9;
        this.points.forEach((p, i) => {
          const [a, b] = this.place(p), f = (a - from[0]) * way[0] + (b - from[1]) * way[1], s = Math.abs((a - from[0]) * way[1]) + Math.abs((b - from[1]) * way[0]);
          if (i !== this.hover && f > 1 && f + 2 * s < at) { at = f + 2 * s; best = i; }
        });
        if (best >= 0) this.point(best);
      } else if (e.key === 'Enter' && this.hover >= 0) this.pick(this.hover);
      else if (e.key === '+' || e.key === '=') this.zoom(1.5, this.canvas.clientWidth / 2, this.canvas.clientHeight / 2);
      else if (e.key === '-') this.zoom(1 / 1.5, this.canvas.clientWidth / 2, this.canvas.clientHeight / 2);
      else if (e.key === '0') this.reset();
    }
    zoom(by, x, y) {
      const k = Math.min(Math.max(this.k * by, 1), 24), r = k / this.k;
      this.x = x - (x - this.x) * r; this.y = y - (y - this.y) * r; this.k = k; this.clamp(); this.draw();
    }
    clamp() {
      const w = this.canvas.clientWidth, h = this.canvas.clientHeight;
      this.x = Math.min(0, Math.max(this.x, w - w * this.k)); this.y = Math.min(0, Math.max(this.y, h - h * this.k));
    }
    reset() { this.k = 1; this.x = this.y = 0; this.draw(); }
    draw() { cancelAnimationFrame(this.soon); this.soon = requestAnimationFrame(() => this.paint()); }
    paint() {
      const c = this.canvas, w = c.clientWidth, h = c.clientHeight, r = devicePixelRatio || 1;
      if (!w || !h) return;
      if (c.width !== Math.round(w * r) || c.height !== Math.round(h * r)) { c.width = Math.round(w * r); c.height = Math.round(h * r); }
      const g = c.getContext('2d'), css = getComputedStyle(c), tone = s => css.getPropertyValue('--rs-' + s).trim();
      const colour = Object.fromEntries(this.slots.map(s => { this.probe.className = 'rs-mark rs-slot-' + (s.replaceAll(' ', '-') || 'none'); return [s, getComputedStyle(this.probe).fill]; }));
      const ink = tone('ink'), accent = tone('accent'), card = tone('card'), room = this.room();
      g.setTransform(r, 0, 0, r, 0, 0); g.clearRect(0, 0, w, h);
      const lit = Object.keys(this.heat).length > 0, base = Math.min(1.7, .72 + .16 * Math.log2(this.k) + (this.points.length < 300 ? .25 : 0) + (this.points.length < 60 ? .35 : 0));
      const order = this.points.map((p, i) => [p, i, this.rank(p, i)]).sort((a, b) => a[2] - b[2]);
      for (const [p, i, rank] of order) {
        const [x, y] = this.place(p);
        if (x < -20 || y < -20 || x > w + 20 || y > h + 20) continue;
        const heat = this.heat[p[0]] || 0, special = rank > 1, s = base * (special ? 1.7 : lit ? .8 + .5 * Math.min(heat, 1.4) : 1);
        const m = marks[p[2]] || marks[''], pic = this.small[p[0]];
        if (pic?.complete && pic.naturalWidth) { this.portrait(g, x, y, room * (rank >= 3 ? 1.1 : 1), pic, m, {fill: colour[p[2]], ink, card, accent, here: heat > 0, faint: lit && !special && !heat, rank}); continue; }
        g.save(); g.translate(x, y); g.scale(s, s); g.translate(-8, -8);
        g.globalAlpha = special || heat ? 1 : lit ? .34 : .85; g.fillStyle = colour[p[2]]; g.fill(m);
        if (special) { g.globalAlpha = 1; g.lineWidth = 2.4 / s; g.strokeStyle = ink; g.stroke(m); }
        g.restore();
        if (heat) this.ring(g, x, y, 8 * s + 4, ink, 2); /* what is in the picture has a ring, and nothing else has one */
        if (rank >= 3) { g.setLineDash([3, 3]); this.ring(g, x, y, 8 * s + 9, accent, 2); g.setLineDash([]); } /* where one is */
      }
    }
    /* a handle that has a picture: that, its slot's mark in the corner, and the same rings */
    portrait(g, x, y, d, pic, mark, {fill, ink, card, accent, here, faint, rank}) {
      const box = by => { g.beginPath(); g.roundRect(x - d / 2 - by, y - d / 2 - by, d + 2 * by, d + 2 * by, d / 5 + by); };
      g.save(); g.globalAlpha = faint ? .62 : 1; box(0); g.clip(); g.drawImage(pic, x - d / 2, y - d / 2, d, d); g.restore();
      g.globalAlpha = 1;
      if (here || rank === 2) { box(2); g.lineWidth = here ? 2.5 : 4; g.strokeStyle = ink; g.stroke(); }
      if (rank >= 3) { g.setLineDash([4, 3]); box(4); g.lineWidth = 2.5; g.strokeStyle = accent; g.stroke(); g.setLineDash([]); }
      if (d < 30) return;
      const r = Math.min(d / 5, 11), cx = x + d / 2 - r * .8, cy = y + d / 2 - r * .8;
      g.beginPath(); g.arc(cx, cy, r, 0, 7); g.fillStyle = card; g.fill();
      g.save(); g.translate(cx, cy); g.scale(r / 12, r / 12); g.translate(-8, -8); g.fillStyle = fill; g.fill(mark); g.restore();
    }
    ring(g, x, y, r, tone, wide) { g.beginPath(); g.arc(x, y, r, 0, 7); g.lineWidth = wide; g.strokeStyle = tone; g.globalAlpha = 1; g.stroke(); }
    rank(p, i) { return i === this.hover ? 4 : p[0] === this.chosen ? 3 : this.found.has(p[0]) ? 2 : Math.min(this.heat[p[0]] || 0, 1); }
  }
})();
