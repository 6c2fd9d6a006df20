/* The step of the stage whose pictures may not lie ready: asked for when it, or the one before it, is seen, and put in its drawing's place. */
(() => {
  rs.painter = (props, trigger, watch, name) => {
    let there = false;
    rs.paints = (steps, at) => { if (!there && [at, at + 1].some(i => steps[i]?.hasAttribute('data-painted'))) trigger(name, {}); };
    watch('value', () => {
      const step = document.querySelector('.rs-step[data-painted]');
      if (!step || !props.value) return;
      const {inside, live} = JSON.parse(props.value);
      there = true; step.innerHTML = inside; step.dataset.live = live; /* escaped by the server, like every piece */
    });
    if (document.documentElement.classList.contains('rs-on-stage')) {
      const steps = [...document.querySelectorAll('.rs-step')];
      rs.paints(steps, steps.findIndex(s => !s.hidden));
    }
  };
})();
