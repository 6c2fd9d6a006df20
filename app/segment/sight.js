/* The picture under its heat: drawn here, so that the threshold moves without the server; clicks and keys ask what is at a place. */
(() => {
  const {ramp, pair, below: [grey, dim]} = RS.heat;
  const heatColour = v => {
    let i = 1; while (i < ramp.length - 1 && v > ramp[i][0]) i++;
    const [a, ca, oa] = ramp[i - 1], [b, cb, ob] = ramp[i], f = Math.min(Math.max((v - a) / (b - a), 0), 1);
    return [0, 1, 2].map(k => ca[k] + f * (cb[k] - ca[k])).concat(oa + f * (ob - oa));
  };
  rs.heatColour = heatColour;
  const pairColour = v => [...pair[v >= 0 ? 0 : 1], Math.abs(v) * .92];
  const soft = uri => !!uri?.startsWith('data:image/jpeg'); /* photographs come as JPEG and are drawn smoothly, pixel art is not */
  const part = (n, all) => `${n && n < all / 200 ? 'under 1' : Math.round(100 * n / all)} % of the picture`;

  rs.look = (element, trigger, watch) => {
    const look = new Look(element, trigger);
    watch('value', () => look.read());
    look.read();
  };

  class Look {
    constructor(element, trigger) {
      Object.assign(this, {element, trigger, at: null, seen: ''});
      element.addEventListener('input', e => { if (e.target.matches('.rs-cutter')) { e.target.setAttribute('value', e.target.value); this.draw(); } });
      element.addEventListener('click', e => this.click(e));
      element.addEventListener('keydown', e => this.key(e));
      new ResizeObserver(() => this.draw()).observe(element);
      addEventListener('rs-theme', () => setTimeout(() => this.draw()));
      document.fonts?.ready.then(() => this.draw());
    }
    get box() { return this.element.querySelector('.rs-look'); }
    get slider() { return this.element.querySelector('.rs-cutter'); }
    get where() { return this.element.querySelector('.rs-where canvas'); }
    get threshold() { return +(this.slider?.value ?? .5); }
    read() {
      const d = this.box?.dataset;
      if (!d) return;
      const [w, h] = [+d.w, +d.h], pairs = d.pair === '1';
      if (this.picture !== d.picture) { this.at = null; this.picture = d.picture; }
      const image = new Image();
      image.onload = () => {
        const c = document.createElement('canvas'); c.width = w; c.height = h;
        const g = c.getContext('2d', {willReadFrequently: true}); g.drawImage(image, 0, 0);
        const raw = atob(d.heat);
        const heat = Float32Array.from({length: w * h}, (_, i) => { const v = (raw.charCodeAt(i) || 0) / 255; return pairs ? 2 * v - 1 : v; });
        Object.assign(this, {w, h, pairs, heat, there: d.there !== '0', texts: d.texts?.split('|') ?? [], soft: soft(d.picture), rgb: g.getImageData(0, 0, w, h).data});
        this.draw();
      };
      image.src = d.picture;
    }
    draw() { cancelAnimationFrame(this.soon); this.soon = requestAnimationFrame(() => this.paint()); }
    paint() {
      if (!this.heat || !this.box) return;
      const t = this.threshold, n = this.w * this.h;
      let first = 0, second = 0;
      for (let i = 0; this.there && i < n; i++) { first += this.heat[i] > t; second += this.pairs && this.heat[i] < -t; }
      this.onto(this.where, this.tinted(), true);
      this.onto(this.element.querySelector('.rs-cut canvas'), this.cut(t), false);
      const out = this.element.querySelector('.rs-cutting output'), [one, other] = this.texts;
      const words = !this.there ? 'nothing is outlined' : this.pairs ? `${one}: ${part(first, n)}, ${other}: ${part(second, n)}` : part(first, n);
      if (out) out.textContent = words;
      this.slider?.setAttribute('aria-valuetext', words);
    }
    tinted() {
      const out = new ImageData(this.w, this.h), o = out.data, s = this.rgb, [low, span] = this.pairs ? [-1, 2] : [0, 1];
      const tones = Array.from({length: 256}, (_, i) => (this.pairs ? pairColour : heatColour)(low + span * i / 255));
      for (let i = 0; i < this.heat.length; i++) {
        const j = 4 * i, light = .299 * s[j] + .587 * s[j + 1] + .114 * s[j + 2], c = tones[Math.round(255 * (this.heat[i] - low) / span)];
        for (let k = 0; k < 3; k++) { const b = !this.there ? .85 * light : dim * (s[j + k] * (1 - grey) + light * grey); o[j + k] = this.there ? b + (c[k] - b) * c[3] : b; }
        o[j + 3] = 255;
      }
      return out;
    }
    cut(t) {
      const out = new ImageData(this.w, this.h), o = out.data;
      o.set(this.rgb);
      for (let i = 0; i < this.heat.length; i++) o[4 * i + 3] = this.there && (this.heat[i] > t || this.pairs && this.heat[i] < -t) ? 255 : 0;
      return out;
    }
    onto(canvas, data, lines) {
      if (!canvas) return;
      const long = Math.max(this.w, this.h); /* the longer side fills the frame */
      canvas.style.width = `${100 * this.w / long}%`; canvas.style.height = `${100 * this.h / long}%`;
      const size = canvas.clientWidth;
      if (!size) return;
      const r = devicePixelRatio || 1, px = Math.round(size * r), py = Math.round(px * this.h / this.w);
      if (canvas.width !== px || canvas.height !== py) { canvas.width = px; canvas.height = py; }
      const small = document.createElement('canvas'); small.width = this.w; small.height = this.h;
      small.getContext('2d').putImageData(data, 0, 0);
      const g = canvas.getContext('2d');
      g.imageSmoothingEnabled = this.soft; g.imageSmoothingQuality = 'high'; g.clearRect(0, 0, px, py); g.drawImage(small, 0, 0, px, py);
      if (!lines) return;
      if (!this.there) { if (this.at) this.cross(g, px / this.w); return; }
      this.rim(g, px / this.w, v => v > this.threshold);
      if (this.pairs) { this.rim(g, px / this.w, v => v < -this.threshold, '#9cc4ff'); this.hatch(g, px / this.w); }
      if (this.at) this.cross(g, px / this.w);
    }
    rim(g, k, held, tone = '#fff') {
      const path = new Path2D(), is = (x, y) => x >= 0 && y >= 0 && x < this.w && y < this.h && held(this.heat[y * this.w + x]);
      for (let y = 0; y < this.h; y++) for (let x = 0; x < this.w; x++) {
        if (!is(x, y)) continue;
        if (!is(x, y - 1)) { path.moveTo(x * k, y * k); path.lineTo((x + 1) * k, y * k); }
        if (!is(x, y + 1)) { path.moveTo(x * k, (y + 1) * k); path.lineTo((x + 1) * k, (y + 1) * k); }
        if (!is(x - 1, y)) { path.moveTo(x * k, y * k); path.lineTo(x * k, (y + 1) * k); }
        if (!is(x + 1, y)) { path.moveTo((x + 1) * k, y * k); path.lineTo((x + 1) * k, (y + 1) * k); }
      }
      const r = devicePixelRatio || 1;
      g.lineCap = 'square'; g.lineWidth = 4 * r; g.strokeStyle = 'rgb(20 18 24 / .75)'; g.stroke(path);
      g.lineWidth = 1.8 * r; g.strokeStyle = tone; g.stroke(path);
    }
    hatch(g, k) { /* the second text's places are hatched, so that colour is not the only sign */
      const r = devicePixelRatio || 1, size = Math.max(this.w, this.h) * k, cells = new Path2D(), lines = new Path2D();
      for (let y = 0; y < this.h; y++) for (let x = 0, from = 0; x <= this.w; x++) { /* run by run: a photograph has a hundred thousand places */
        if (x < this.w && this.heat[y * this.w + x] < -this.threshold) continue;
        if (x > from) cells.rect(from * k, y * k, (x - from) * k, k);
        from = x + 1;
      }
      for (let x = -size; x < size; x += 9 * r) { lines.moveTo(x, size); lines.lineTo(x + size, 0); }
      g.save(); g.clip(cells); g.lineWidth = 1.4 * r; g.strokeStyle = 'rgb(255 255 255 / .55)'; g.stroke(lines); g.restore();
    }
    cross(g, k) {
      const [x, y] = this.at.map(v => (v + .5) * k), r = devicePixelRatio || 1;
      for (const [wide, tone] of [[5, '#141218'], [2.2, '#7df9ff']]) {
        g.lineWidth = wide * r; g.strokeStyle = tone; g.beginPath(); g.arc(x, y, 9 * r, 0, 7);
        for (const [a, b] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) { g.moveTo(x + a * 6 * r, y + b * 6 * r); g.lineTo(x + a * 15 * r, y + b * 15 * r); }
        g.stroke();
      }
    }
    tell() { const c = document.querySelector('#rs-cross p'); if (c) c.textContent = `Row ${this.at[1] + 1} of ${this.h}, column ${this.at[0] + 1} of ${this.w}`; }
    ask() { if (this.at) this.trigger('act', {op: 'here', row: this.at[1], column: this.at[0]}); }
    click(e) {
      const b = e.target.closest('[data-op]');
      if (b) return this.trigger('act', {op: b.dataset.op, threshold: this.threshold});
      if (e.target !== this.where || !this.w) return;
      const box = this.where.getBoundingClientRect(), fit = (v, n) => Math.min(Math.max(Math.floor(v * n), 0), n - 1);
      this.at = [fit((e.clientX - box.left) / box.width, this.w), fit((e.clientY - box.top) / box.height, this.h)];
      this.draw(); this.ask();
    }
    key(e) {
      const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[e.key];
      if (e.target !== this.where || !this.w) return;
      if (way) {
        e.preventDefault();
        const by = this.w / 32, [x, y] = this.at || [this.w / 2, this.h / 2];
        this.at = [Math.min(Math.max(x + way[0] * by, 0), this.w - 1), Math.min(Math.max(y + way[1] * by, 0), this.h - 1)].map(Math.round);
        this.draw(); this.tell();
      } else if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); this.ask(); }
    }
  }

  /* what must be fetched: its buttons are events of their own, since the one ends the other */
  rs.card = (element, trigger) => element.addEventListener('click', e => {
    const b = e.target.closest('[data-op]');
    if (b && !b.disabled) trigger(b.dataset.op, {});
  });

  /* what a click on a head does is the visitor's own choice, and no server's business */
  const root = document.documentElement;
  const mode = () => document.querySelectorAll('[data-do^="heads:"]').forEach(b => b.setAttribute('aria-pressed', b.dataset.do === 'heads:' + (root.dataset.heads || 'open')));
  document.addEventListener('click', e => {
    const b = e.target.closest('[data-do^="heads:"]');
    if (b) { root.dataset.heads = b.dataset.do.split(':')[1]; mode(); }
  });
  rs.grid = (element, trigger, watch) => {
    element.addEventListener('click', e => {
      const b = e.target.closest('[data-op]');
      if (b) trigger('act', {op: b.dataset.op === 'head' && root.dataset.heads === 'switch' ? 'off' : b.dataset.op, id: b.dataset.id});
    });
    watch('value', mode); mode();
  };
})();
