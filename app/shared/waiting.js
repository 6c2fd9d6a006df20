/* What is told while a model is at work for this visitor: asked for now and then, as long as some piece shows that it waits. */
(() => {
  const EVERY = 400, SHORT = 700; /* ms: between two looks, and a wait that is not worth a word */
  const busy = () => document.querySelector('.gradio-container .wrap.minimal:is(.translucent, .generating):not(.hide)');
  rs.waits = (element, trigger, watch, ask, leave) => {
    let since = 0, asked = 0;
    watch('value', () => { asked = 0; });
    element.addEventListener('click', e => { if (e.target.closest('[data-leave]')) trigger(leave, {}); });
    setInterval(() => {
      const now = Date.now();
      since = busy() ? since || now : 0;
      document.documentElement.toggleAttribute('data-waiting', since > 0 && now - since > SHORT);
      if (since && now - since > SHORT && (!asked || now - asked > 2 * EVERY)) { asked = now; trigger(ask, {}); }
    }, EVERY);
  };
})();
