/** The script of a page: arrow keys between segments, and their details without leaving the ladder. */
export const SCRIPT = `
'use strict';
const panel = document.querySelector('.panel');
const body = panel.querySelector('div');
let current = null;
const show = segment => {
  const item = document.getElementById(segment.hash.slice(1));
  if (item === null) return;
  body.replaceChildren(...[...item.childNodes].map(node => node.cloneNode(true)));
  panel.hidden = false;
  panel.scrollTop = 0;
  if (current !== null) current.removeAttribute('aria-current');
  current = segment;
  current.setAttribute('aria-current', 'true');
};
const hide = () => {
  panel.hidden = true;
  if (current === null) return;
  current.removeAttribute('aria-current');
  current.focus();
  current = null;
};
panel.querySelector('button').addEventListener('click', hide);
for (const ladder of document.querySelectorAll('.ladder')) {
  const segments = [...ladder.querySelectorAll('.segment')];
  const reach = segment => {
    for (const other of segments) other.tabIndex = other === segment ? 0 : -1;
  };
  if (segments.length > 0) reach(segments[0]);
  ladder.addEventListener('click', event => {
    const segment = event.target.closest('.segment');
    if (segment === null || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    reach(segment);
    show(segment);
  });
  ladder.addEventListener('keydown', event => {
    const at = segments.indexOf(event.target);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: segments.length - 1 }[event.key];
    if (to === undefined || segments[to] === undefined) return;
    event.preventDefault();
    reach(segments[to]);
    segments[to].focus();
    if (!panel.hidden) show(segments[to]);
  });
}
addEventListener('keydown', event => {
  if (event.key === 'Escape' && !panel.hidden) hide();
});
`
