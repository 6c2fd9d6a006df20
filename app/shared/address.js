/* Where the visitor is, as the page's URL. Pieces tell it by data-address; whose each name is says address.py. */
(() => {
  const {address: names} = RS, root = document.documentElement, tabs = [...new Set(Object.values(names).flatMap(n => n.tabs))];
  let last = '', kept = new URLSearchParams(), heading = null, waiting = null, soon = 0;
  let ask = told => { waiting = told; }; /* who is quicker than the page is led there once it is ready */

  /* a visitor's own picture stays in this browser's tab, so that a reload finds it; no link holds it */
  const keep = (e, name) => {
    if (!name.startsWith('own-')) return;
    try { const uri = e.dataset.picture ?? e.querySelector('img')?.src; if (uri) sessionStorage.setItem('rs-' + name, uri); } catch {}
  };
  const own = query => {
    const name = new URLSearchParams(query).get('picture') ?? '';
    try { return name.startsWith('own-') ? sessionStorage.getItem('rs-' + name) ?? '' : ''; } catch { return ''; }
  };
  /* nor the numbers of a portrait on Edit: of these the newest find room, whatever the older ones took */
  const portraits = 'rs-portrait-';
  const keepPortrait = e => {
    const {portrait: name, photograph, recipe} = e.dataset, told = name + photograph;
    if (!name || e.__kept === told) return;
    e.__kept = told;
    const kept = JSON.stringify({origin: JSON.parse(recipe).origin, photograph});
    try { sessionStorage.setItem(portraits + name, kept); } catch {
      try {
        for (const old of Object.keys(sessionStorage).filter(key => key.startsWith(portraits))) sessionStorage.removeItem(old);
        sessionStorage.setItem(portraits + name, kept);
      } catch {}
    }
  };
  const portrait = query => {
    const name = new URLSearchParams(query).get('portrait');
    try { return name ? sessionStorage.getItem(portraits + name) ?? '' : ''; } catch { return ''; }
  };
  const open = () => document.querySelector('#rs-tabs [role=tab][aria-selected=true]')?.dataset.tabId ?? '';
  const tells = tab => [...(document.getElementById('rs-tab-' + tab)?.querySelectorAll('[data-address]') ?? [])];
  /* what every opened tab tells, the open one's last; of a tab that was never opened, what the link said of it */
  const here = () => {
    const at = open(), out = new Map(kept), places = [];
    for (const tab of [...tabs.filter(t => t !== at), at]) {
      const told = tells(tab);
      if (told.length) for (const name in names) if (names[name].tabs.includes(tab)) out.delete(name);
      told.forEach(keepPortrait);
      for (const e of told) for (const [name, value] of new URLSearchParams(e.dataset.address)) { out.set(name, value); keep(e, value); }
      if (tab === at) for (const e of told) places.push(e.dataset.place ?? '');
    }
    const query = new URLSearchParams({tab: at});
    for (const name in names) if (out.has(name)) query.set(name, out.get(name));
    if (root.classList.contains('rs-on-stage')) query.set('stage', rs.staged()); else query.delete('stage');
    for (const name in names) if (!names[name].small && names[name].tabs.includes(at)) places.push(out.get(name) ?? '');
    return {query: query.toString(), place: [at, ...places].join('|')};
  };
  let place = '';
  const write = () => {
    if (!open() || !tells('edit').length) return; /* not all is there yet */
    const now = here();
    const there = heading === null || [...new URLSearchParams(heading)].every(([k, v]) => new URLSearchParams(now.query).get(k) === v);
    if (!there && last) return; /* under way: what is seen is not yet where the visitor goes */
    if (!last) { if (heading === null) history.replaceState({query: now.query}, ''); }
    else if (now.query !== last) {
      const went = heading === null && now.place !== place;
      history[went ? 'pushState' : 'replaceState']({query: now.query}, '', '?' + now.query);
    }
    if (there) heading = null;
    ({query: last, place} = now);
  };
  rs.told = () => { cancelAnimationFrame(soon); soon = requestAnimationFrame(write); };
  rs.link = () => location.origin + location.pathname + '?' + here().query;

  const go = rs.go = query => {
    kept = new URLSearchParams(query); kept.delete('tab'); kept.delete('stage');
    heading = query; ask({query, own: own(query), portrait: portrait(query)});
  };
  const known = query => [...new URLSearchParams(query).keys()].some(name => names[name] && name !== 'stage');

  rs.travels = (trigger, name) => {
    ask = told => trigger(name, told);
    const query = location.search.slice(1);
    if (!rs.walked) rs.stageAt(new URLSearchParams(query).get('stage'));
    if (waiting) ask(waiting); else if (known(query)) go(query);
    new MutationObserver(rs.told).observe(document.body, {subtree: true, childList: true, attributeFilter: ['data-address', 'aria-selected']});
    rs.told();
  };
  /* a hand that does something goes on from what it sees */
  for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, e => { if (e.isTrusted) heading = null; }, true);
  addEventListener('popstate', e => {
    const query = e.state?.query;
    if (!query) return; /* a jump within the page */
    const to = new URLSearchParams(query), now = new URLSearchParams(here().query);
    rs.stageAt(to.get('stage'));
    const differ = Object.keys(names).filter(name => !['tab', 'stage'].includes(name) && to.get(name) !== now.get(name));
    if (differ.length) return go(query);
    heading = query;
    document.querySelector(`#rs-tabs [role=tab][data-tab-id="${CSS.escape(to.get('tab'))}"]`)?.click();
  });
})();
