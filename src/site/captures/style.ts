/** The style of captures. */
import { PICTURES_STYLE } from '../labs/style.ts'

export const CAPTURES_STYLE = `
${PICTURES_STYLE}
main.captures{display:block;overflow-y:auto;padding:.8rem clamp(.6rem,2vw,1.6rem)}
.captures h2{font-size:1.2rem;margin:.8rem 0 .2rem;overflow-wrap:anywhere;padding:0}
.chooser{display:flex;flex-direction:column;align-items:center;gap:.6rem;border:2px dashed var(--line);border-radius:.8rem;padding:2.4rem 1rem;text-align:center;cursor:pointer}
.chooser.small{flex-direction:row;padding:.4rem .8rem;border-width:1px;font-size:.8rem;justify-content:flex-start}
.chooser .hint{max-width:60ch}
.chooser input{max-width:100%}
.connection-filter{margin:.5rem 0 .3rem;font-size:.85rem}
.connections{max-height:18rem;overflow:auto;border:1px solid var(--line);border-radius:.5rem}
.connections table{border-collapse:collapse;width:100%;font-size:.8rem}
.connections th{position:sticky;top:0;background:var(--bg);text-align:left;font-weight:500;color:var(--dim)}
.connections th,.connections td{padding:.25rem .6rem;white-space:nowrap;border-top:1px solid var(--line)}
.connections tbody tr{cursor:pointer}.connections tr.chosen{background:color-mix(in srgb,var(--accent) 12%,var(--bg))}
.connections button{font:inherit;padding:0 .4rem}
.span fieldset{border:0;padding:0;margin:.8rem 0 0;font-size:.8rem}.span legend{color:var(--dim)}.span input{width:6.5em}
`
